//! Devices that stand on others: VLANs, bridges, teams. Bonds are in `bond`.

use std::fmt;

use thiserror::Error;

use super::net::InterfaceName;

/// A tagged network on another interface, as dracut's `vlan=` describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vlan {
    name: InterfaceName,
    parent: InterfaceName,
    id: u16,
}

/// A switch in software, as dracut's `bridge=` describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bridge {
    name: InterfaceName,
    ports: Vec<InterfaceName>,
}

/// Several interfaces as one by the `team` driver, as dracut's `team=` describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    name: InterfaceName,
    ports: Vec<InterfaceName>,
}

/// A device that cannot work.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum DeviceError {
    /// Not an id that a tag can carry (IEEE 802.1Q keeps 0 and 4095).
    #[error("`{0}` is not the id of a VLAN: 1 to 4094")]
    VlanId(String),
    /// The initramfs has no field for the id: it takes the digits at the end of the name.
    #[error("`{name}` does not end in {id}, and the initramfs reads the id of a VLAN from its name")]
    VlanName {
        /// The name.
        name: InterfaceName,
        /// The id.
        id: u16,
    },
    /// A device on itself.
    #[error("`{0}` stands on itself")]
    OnItself(InterfaceName),
    /// Nothing in it.
    #[error("`{0}` has no port")]
    NoPort(InterfaceName),
    /// A port twice.
    #[error("`{0}` stands twice among the ports")]
    Twice(InterfaceName),
}

/// Parses the id of a VLAN.
pub fn parse_vlan_id(text: &str) -> Result<u16, DeviceError> {
    match text.parse() {
        Ok(id @ 1..=4094) => Ok(id),
        _ => Err(DeviceError::VlanId(text.to_owned())),
    }
}

/// Names the VLAN of an interface as Linux does: `<parent>.<id>`, or `vlan<id>` where that is too long.
pub fn vlan_name(parent: &InterfaceName, id: u16) -> Option<InterfaceName> {
    let usual = format!("{parent}.{id}").parse();
    usual.or_else(|_| format!("vlan{id}").parse()).ok()
}

impl Vlan {
    /// Makes a VLAN. Its name must end in its id: `nm-initrd-generator` takes the id from there.
    pub fn new(name: InterfaceName, parent: InterfaceName, id: u16) -> Result<Self, DeviceError> {
        if name == parent {
            return Err(DeviceError::OnItself(name));
        }
        if trailing_number(name.as_str()) != Some(id) {
            return Err(DeviceError::VlanName { name, id });
        }
        Ok(Self { name, parent, id })
    }

    /// Returns its name.
    pub fn name(&self) -> &InterfaceName {
        &self.name
    }

    /// Returns what it stands on.
    pub fn parent(&self) -> &InterfaceName {
        &self.parent
    }

    /// Returns the id in its tags.
    pub fn id(&self) -> u16 {
        self.id
    }
}

fn trailing_number(name: &str) -> Option<u16> {
    let digits = name.bytes().rev().take_while(u8::is_ascii_digit).count();
    name[name.len() - digits..].parse().ok()
}

/// Says what is wrong with a device of ports.
fn check_ports(name: &InterfaceName, ports: &[InterfaceName]) -> Result<(), DeviceError> {
    if ports.is_empty() {
        return Err(DeviceError::NoPort(name.clone()));
    }
    for (at, port) in ports.iter().enumerate() {
        if port == name {
            return Err(DeviceError::OnItself(name.clone()));
        }
        if ports[..at].contains(port) {
            return Err(DeviceError::Twice(port.clone()));
        }
    }
    Ok(())
}

macro_rules! of_ports {
    ($name:ident) => {
        impl $name {
            /// Makes one of at least one port.
            pub fn new(name: InterfaceName, ports: Vec<InterfaceName>) -> Result<Self, DeviceError> {
                check_ports(&name, &ports)?;
                Ok(Self { name, ports })
            }

            /// Returns its name.
            pub fn name(&self) -> &InterfaceName {
                &self.name
            }

            /// Returns its ports.
            pub fn ports(&self) -> &[InterfaceName] {
                &self.ports
            }
        }

        /// The value of the argument.
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}:", self.name)?;
                for (at, port) in self.ports.iter().enumerate() {
                    write!(f, "{}{port}", if at == 0 { "" } else { "," })?;
                }
                Ok(())
            }
        }
    };
}

of_ports!(Bridge);
of_ports!(Team);

/// The value of the `vlan=` argument.
impl fmt::Display for Vlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.name, self.parent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> InterfaceName {
        text.parse().unwrap()
    }

    #[test]
    fn a_vlan_carries_its_id_in_its_name() {
        let vlan = |text: &str, id| Vlan::new(name(text), name("ens3"), id).map(|vlan| vlan.to_string());
        assert_eq!(vlan("ens3.100", 100).as_deref(), Ok("ens3.100:ens3"));
        assert_eq!(vlan("vlan0005", 5).as_deref(), Ok("vlan0005:ens3"));
        assert_eq!(vlan("storage", 5), Err(DeviceError::VlanName { name: name("storage"), id: 5 }));
        assert_eq!(vlan("v15", 5), Err(DeviceError::VlanName { name: name("v15"), id: 5 }));
        assert_eq!(vlan("ens3", 3), Err(DeviceError::OnItself(name("ens3"))));
        for bad in ["0", "4095", "-1", "x", ""] {
            assert_eq!(parse_vlan_id(bad), Err(DeviceError::VlanId(bad.into())));
        }
    }

    #[test]
    fn a_long_parent_gives_a_short_name() {
        assert_eq!(vlan_name(&name("bond0"), 100), Some(name("bond0.100")));
        assert_eq!(vlan_name(&name("enp129s0f1np1"), 100), Some(name("vlan100")));
    }

    #[test]
    fn ports_are_there_and_different() {
        let bridge = |ports: &[&str]| Bridge::new(name("br0"), ports.iter().map(|p| name(p)).collect());
        assert_eq!(bridge(&["ens3", "ens4"]).unwrap().to_string(), "br0:ens3,ens4");
        assert_eq!(bridge(&[]), Err(DeviceError::NoPort(name("br0"))));
        assert_eq!(bridge(&["a", "a"]), Err(DeviceError::Twice(name("a"))));
        assert_eq!(bridge(&["br0"]), Err(DeviceError::OnItself(name("br0"))));
        assert_eq!(Team::new(name("team0"), vec![name("a")]).unwrap().to_string(), "team0:a");
    }
}
