//! The registry of diagnostic codes.
//!
//! V0 shape, V1 value, V2 cross-check of vars.yaml; R what cannot be rendered; P what `verify`
//! found. docs/errors.md has a section for each; a test holds registry, cases and docs together.

use super::Severity;
use std::fmt;

#[macro_use]
mod registry;

codes! {
    /// The file is not UTF-8.
    V001 Error;
    /// The file is empty.
    V002 Error;
    /// The file is not YAML.
    V003 Error;
    /// A key stands twice in one mapping.
    V004 Error;
    /// The top level is not a mapping, or there is more than one document.
    V005 Error;
    /// The file or what its aliases expand to is larger than okdboot reads.
    V006 Error;
    /// A list, mapping or value stands where another shape is due.
    V007 Error;
    /// A key that neither helpernode nor okdboot knows.
    V008 Warning;
    /// A key under `okdboot:` that okdboot does not know.
    V009 Error;
    /// A Jinja statement or comment; only expressions are evaluated.
    V010 Error;
    /// A Jinja expression names something that is not in the file.
    V011 Error;
    /// Jinja expressions that lead back to themselves.
    V012 Error;
    /// A Jinja expression that cannot be evaluated.
    V013 Error;
    /// A Jinja expression that is not quoted, which YAML reads as a mapping.
    V014 Error;
    /// A required key is missing.
    V015 Error;
    /// A key of another dialect was understood.
    V016 Notice;
    /// Two keys that mean the same have different values.
    V017 Error;
    /// A boolean written as a string, which Ansible takes as true whatever it says.
    V018 Notice;

    /// Not a MAC address.
    V101 Error;
    /// A multicast MAC address.
    V102 Error;
    /// The all-zero MAC address.
    V103 Error;
    /// Blanks around a MAC address.
    V104 Warning;
    /// A MAC address that Ansible would read as a number.
    V105 Warning;
    /// Not an IPv4 address.
    V106 Error;
    /// An IPv4 address that no host can have.
    V107 Error;
    /// A netmask that is not contiguous.
    V108 Error;
    /// A name that is not an RFC 1123 label or domain.
    V109 Error;
    /// A node name with the cluster's domain in it.
    V110 Notice;
    /// Not a boolean.
    V111 Error;
    /// Not an install disk.
    V112 Error;
    /// An install disk without `/dev/`.
    V113 Notice;
    /// No install disk is given.
    V114 Warning;
    /// A setting with a value that it does not have.
    V115 Error;
    /// Not a URL, or a URL of the wrong scheme.
    V116 Error;
    /// Not one kernel argument, or one that okdboot writes itself.
    V117 Error;
    /// Not a console.
    V118 Error;
    /// Not a digest.
    V119 Error;
    /// Not an interface name.
    V120 Error;
    /// A bond that cannot work.
    V121 Error;
    /// Not a stream.
    V122 Error;

    /// Two nodes have one MAC address.
    V201 Error;
    /// Two nodes have one IP address.
    V202 Error;
    /// Two nodes have one name.
    V203 Error;
    /// Two clusters have one id.
    V204 Error;
    /// A node is outside its network.
    V205 Error;
    /// The gateway is outside the network, or is a node.
    V206 Error;
    /// The helper or another host is outside the network.
    V207 Warning;
    /// Netmask, broadcast address and network id do not agree.
    V208 Error;
    /// The DHCP pool covers an address that is in use.
    V209 Warning;
    /// The DHCP pool is not a range of the network.
    V210 Warning;
    /// A number of control-plane nodes that cannot be installed.
    V211 Error;
    /// A number of control-plane nodes that needs more than the usual.
    V212 Notice;
    /// Exactly one worker.
    V213 Warning;
    /// The load balancer's address is a node's.
    V214 Error;
    /// Static addressing was assumed.
    V215 Notice;
    /// Static addresses lack a gateway or a netmask.
    V216 Error;
    /// Static addresses lack an interface.
    V217 Warning;
    /// A node without a MAC address.
    V218 Warning;
    /// Artifacts of a release before 4.6.
    V219 Warning;
    /// Some of the three boot artifacts are given, but not all.
    V220 Warning;
    /// A switch of helpernode that okdboot does not carry out.
    V221 Warning;
    /// An artifact is of another architecture than the cluster.
    V222 Error;
    /// The boot artifacts seem to be of different releases.
    V223 Warning;
    /// Not an IPv6 address.
    V224 Error;
    /// An IPv6 address that no machine can be given.
    V225 Error;
    /// Addresses of two families where one is due.
    V226 Error;
    /// Not a prefix length of IPv6.
    V227 Error;
    /// An MTU that cannot be, or that does not fit through what is beneath.
    V228 Error;
    /// A VLAN that cannot work.
    V229 Error;
    /// A bridge or a team that cannot work.
    V230 Error;
    /// A team.
    V231 Warning;
    /// A route that cannot work.
    V232 Error;
    /// An interface with two uses.
    V233 Error;
    /// Several interfaces, and one without a name.
    V234 Error;
    /// A name for a NIC that it cannot have.
    V235 Error;
    /// A name for a NIC that nothing uses.
    V236 Warning;
    /// Two default gateways of one family.
    V237 Warning;
    /// Two interfaces in one network.
    V238 Warning;
    /// A part of a disk where a disk is due.
    V240 Error;
    /// A disk by a name that may become another disk's.
    V241 Warning;
    /// A value of a service that no daemon can take.
    V242 Error;
    /// A host of `other` that gets no record.
    V243 Warning;

    /// Not a network device of s390x.
    V320 Error;
    /// Not a DASD.
    V321 Error;
    /// Not an FCP device.
    V322 Error;
    /// A channel device on a machine that has no channels.
    V323 Error;
    /// An install disk that is a DASD, and the machine is not told of it.
    V324 Error;
    /// An install disk that is behind an FCP device, and the machine is not told of one.
    V325 Error;
    /// An FCP device without a path, where the kernel may not look for disks.
    V326 Error;
    /// A channel device with two uses.
    V327 Error;
    /// A console that s390x does not have.
    V328 Warning;
    /// Not a pattern for labels of partitions.
    V330 Error;
    /// Not a number of a partition or a range of them.
    V331 Error;
    /// A kernel argument that a key writes already.
    V332 Error;
    /// A kernel argument that is not for the installed system.
    V333 Error;
    /// A multipath disk by the name of one path.
    V334 Error;
    /// Partitions that cannot be kept.
    V335 Error;

    /// A static address cannot be written without a gateway and a netmask.
    R001 Error;
    /// There is no rootfs to boot.
    R002 Error;
    /// Nothing says which release to boot.
    R003 Error;
    /// Two owners of one output path.
    R005 Error;
    /// A boot format cannot express an argument.
    R006 Error;
    /// matchbox cannot read an Ignition file.
    R007 Error;
    /// A kernel command line is too long.
    R008 Error;
    /// A kernel command line is near its limit.
    R009 Warning;
    /// No Ignition file was given.
    R010 Warning;
    /// A node has no network boot file.
    R011 Notice;
    /// The live system does not know the authority behind the Ignition URL.
    R012 Error;
    /// What is asked for the installed system is lost on the way.
    R013 Warning;
    /// A node that a format cannot reach.
    R017 Warning;
    /// A parm file is too long.
    R018 Error;
    /// A parm file is longer than old kernels read it.
    R019 Warning;
    /// A file is not a bundle.
    R020 Error;
    /// An entry of a bundle is refused.
    R021 Error;
    /// A bundle, or something in it, is too large.
    R022 Error;
    /// An entry of a bundle has another digest than its listing says.
    R023 Error;
    /// A bundle has another digest than `--sha256`.
    R024 Error;
    /// What is in a bundle does not fit together.
    R025 Error;
    /// A URL with credentials would be in a bundle.
    R026 Error;
    /// Something that belongs into a bundle is not at hand.
    R027 Error;
    /// Something that belongs into a bundle was left out.
    R028 Warning;
    /// Nothing vouches for a bundle.
    R029 Warning;
    /// A service that cannot be rendered for want of a value.
    R030 Warning;
    /// Two clusters that need one port of one address.
    R031 Warning;
    /// A value that a daemon's file cannot hold.
    R032 Error;
    /// A daemon's own checker refuses its file.
    R033 Error;

    /// A rendered file is missing.
    P001 Error;
    /// A rendered file differs from the plan.
    P002 Error;
    /// A rendered file has another mode.
    P003 Error;
    /// A rendered file belongs to no node any more.
    P004 Error;
    /// Something that is not a regular file stands at the path of a rendered file.
    P005 Error;
    /// An Ignition copy has another sha512 than the file it was made from.
    P006 Error;
    /// `SHA512SUMS` is missing or says another digest.
    P007 Error;
    /// An artifact is missing.
    P008 Error;
    /// An artifact has another sha256 than the lock.
    P009 Error;
    /// An artifact has no digest to compare with.
    P010 Warning;
    /// An Ignition file is missing, so it was not checked.
    P011 Warning;
    /// An Ignition file that a web server of another user cannot read.
    P012 Warning;
    /// The lock does not fit what vars.yaml asks for.
    P013 Warning;
    /// A certificate in bootstrap.ign has ended.
    P014 Error;
    /// A certificate in bootstrap.ign ends soon.
    P015 Warning;
    /// A certificate in bootstrap.ign has not started.
    P016 Error;
    /// Ignition files are of different runs of the installer.
    P017 Error;
    /// An Ignition file is of another cluster or another role.
    P018 Error;
    /// An Ignition file points at an address instead of a name.
    P019 Warning;
    /// An Ignition file cannot be looked into.
    P020 Error;
    /// An Ignition file is written for a specification that is not known.
    P021 Warning;
    /// A secret of the installer stands in a folder that is served.
    P022 Error;
    /// bootstrap.ign is served, but the cluster has no bootstrap any more.
    P023 Warning;
    /// A node is armed though its time is over.
    P024 Warning;
    /// An initramfs does not accept the rootfs that its machines are sent to.
    P025 Error;
    /// An initramfs cannot be looked into.
    P026 Error;
    /// An initramfs does not say which rootfs it accepts.
    P027 Warning;
    /// A file that is not okdboot's boots machines that nobody entered.
    P028 Warning;
    /// A tree would answer one machine in two ways.
    P029 Error;

    /// A server that machines boot from does not answer.
    P030 Error;
    /// A node's boot file is not served where its loader looks for it.
    P031 Error;
    /// What is served as a boot file boots nothing.
    P032 Error;
    /// What is served as a boot file is not what was rendered.
    P033 Error;
    /// A file that a boot file names is not served.
    P034 Error;
    /// A server may not read a file.
    P035 Error;
    /// A server answers with another error.
    P036 Error;
    /// A file is redirected to where its loader cannot follow.
    P037 Error;
    /// A page of the web server stands in the place of a file.
    P038 Error;
    /// A file is served with another length.
    P039 Error;
    /// A file is served with other bytes.
    P040 Error;
    /// No Ignition config, or an empty one, is served.
    P041 Error;
    /// An answer breaks off, never ends or is none.
    P042 Error;
    /// The time was up before everything was asked.
    P043 Error;
    /// A loader cannot fetch from where its boot file says.
    P044 Error;
    /// A file is sent compressed.
    P045 Error;
    /// The certificate of a server is not trusted.
    P046 Error;
    /// A name server that the nodes will ask does not answer.
    P070 Error;
    /// A name that the installation needs has no address.
    P071 Error;
    /// A name of the API or the ingress is not the load balancer's.
    P072 Warning;
    /// A node's name has another address.
    P073 Error;
    /// A node's address has no name.
    P074 Error;
    /// A node's address has another name.
    P075 Error;
    /// The load balancer does not listen at a port.
    P076 Error;
    /// Nothing listens behind a port of the load balancer yet.
    P077 Notice;
    /// A time server does not answer.
    P078 Error;
    /// The clock of this machine is wrong.
    P079 Error;
    /// No time server is known.
    P080 Warning;
    /// A time server does not know the time, or refuses to say it.
    P081 Error;
    /// The time was up before everything around the cluster was asked.
    P082 Error;
    /// A daemon's checker is not here.
    P083 Notice;
    /// No DHCP server offers a node an address.
    P084 Error;
    /// A DHCP server offers a node the address of another.
    P085 Error;
    /// A DHCP server offers something else than vars.yaml says.
    P086 Error;
    /// No DHCP server says what a node boots.
    P087 Warning;
}
