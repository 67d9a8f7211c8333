use super::*;

#[test]
fn bus_ids_are_lower_case_and_whole() {
    let id = |text: &str| text.parse::<BusId>().map(|id| id.to_string()).ok();
    assert_eq!(id("0.0.BDF0").as_deref(), Some("0.0.bdf0"));
    assert_eq!(id("bdf0").as_deref(), Some("0.0.bdf0"));
    assert_eq!(id("0.3.0a01").as_deref(), Some("0.3.0a01"));
    for bad in ["", "0.0.bdf", "0.0.bdf00", "0.4.bdf0", "0.0.bdfg", "0.bdf0", "0.0.+df0", "0.0.0.bdf0"] {
        assert_eq!(id(bad), None, "{bad}");
    }
}

#[test]
fn network_devices_by_driver() {
    let znet = |text: &str| text.parse::<Znet>().map(|znet| znet.to_string());
    for whole in [
        "qeth,0.0.bdf0,0.0.bdf1,0.0.bdf2,layer2=1,portno=0",
        "qeth,0.0.bdf0,0.0.bdf1,0.0.bdf2",
        "lcs,0.0.09a0,0.0.09a1,portno=0",
        "ctc,0.0.0600,0.0.0601,protocol=1",
    ] {
        assert_eq!(znet(whole).as_deref(), Ok(whole));
    }
    assert_eq!(znet("qeth, BDF0, bdf1, bdf2").as_deref(), Ok("qeth,0.0.bdf0,0.0.bdf1,0.0.bdf2"));
    assert_eq!(znet("osa,0.0.bdf0"), Err(ZnetError::Kind("osa".into())));
    let count = ZnetError::Count { kind: ZnetKind::Qeth, due: 3, found: 2 };
    assert_eq!(znet("qeth,0.0.bdf0,0.0.bdf1"), Err(count));
    assert!(matches!(znet("lcs,0.0.09a0,0.0.09a0"), Err(ZnetError::Twice(_))));
    assert_eq!(znet("ctc,0600,0601,x=1,x=2"), Err(ZnetError::OptionTwice("x".into())));
    assert_eq!(znet("qeth,1,2,3"), Err(ZnetError::BusId("1".parse::<BusId>().unwrap_err())));
    assert_eq!(znet("qeth,bdf0,bdf1,bdf2,layer2=yes"), Err(ZnetError::Layer2("yes".into())));
    assert_eq!(znet("qeth,bdf0,bdf1,bdf2,portname="), Err(ZnetError::Option("portname=".into())));
}

#[test]
fn dasds_alone_and_in_ranges() {
    let dasd = |text: &str| text.parse::<Dasd>().map(|dasd| dasd.to_string());
    assert_eq!(dasd("0.0.3490").as_deref(), Ok("0.0.3490"));
    assert_eq!(dasd("0.0.3490-0.0.349F").as_deref(), Ok("0.0.3490-0.0.349f"));
    for bad in ["0.0.3491-0.0.3490", "0.0.3490-0.1.3491"] {
        assert_eq!(dasd(bad), Err(DasdError::Range(bad.into())));
    }
    assert!(dasd("0.0.3490(ro)").is_err());
    let range: Dasd = "3490-349f".parse().unwrap();
    assert!(range.covers(&"3495".parse().unwrap()) && !range.covers(&"34a0".parse().unwrap()));
}

#[test]
fn fcp_devices_with_a_path_or_alone() {
    let zfcp = |text: &str| text.parse::<Zfcp>().map(|zfcp| zfcp.to_string());
    let whole = "0.0.1987,0x50050763070bc5e3,0x4008400b00000000";
    assert_eq!(zfcp("0.0.1987,0x50050763070BC5E3,0x4008400B00000000").as_deref(), Ok(whole));
    assert_eq!(zfcp("1987").as_deref(), Ok("0.0.1987"));
    assert_eq!(zfcp("1987,0x50050763070bc5e3"), Err(ZfcpError::Fields("1987,0x50050763070bc5e3".into())));
    assert!(matches!(zfcp("1987,50050763070bc5e3,0x0"), Err(ZfcpError::Wide { what: "port name", .. })));
    assert!(matches!(zfcp("1987,0x50050763070bc5e3,0x1"), Err(ZfcpError::Wide { what: "LUN", .. })));
}

#[test]
fn a_device_has_one_use() {
    let channel = |znet: &str, dasd: &str, zfcp: &[&str]| Channel {
        znet: vec![znet.parse().unwrap()],
        dasd: vec![dasd.parse().unwrap()],
        zfcp: zfcp.iter().map(|text| text.parse().unwrap()).collect(),
        ..Channel::default()
    };
    let twice = |channel: Channel| channel.claimed_twice().map(|id| id.to_string());
    let net = "qeth,bdf0,bdf1,bdf2";
    let paths = ["1987,0x50050763070bc5e3,0x4008400b00000000", "1987,0x50050763071bc5e3,0x4008400b00000000"];
    assert_eq!(twice(channel(net, "3490", &paths)), None);
    assert_eq!(twice(channel(net, "bdf0-bdff", &[])).as_deref(), Some("0.0.bdf0"));
    assert_eq!(twice(channel(net, "3490", &["bdf1"])).as_deref(), Some("0.0.bdf1"));
    assert_eq!(twice(channel(net, "1987", &["1987"])).as_deref(), Some("0.0.1987"));
}

#[test]
fn a_disks_name_tells_its_kind() {
    let kind = |text: &str| DiskKind::of(&text.parse().unwrap());
    assert_eq!(kind("/dev/dasda"), DiskKind::Dasd);
    assert_eq!(kind("disk/by-path/ccw-0.0.1000"), DiskKind::Numbered("1000".parse().unwrap()));
    for scsi in ["sda", "disk/by-id/scsi-36005", "disk/by-id/wwn-0x6005", "mapper/mpatha"] {
        assert_eq!(kind(scsi), DiskKind::Scsi, "{scsi}");
    }
    assert_eq!(
        kind("disk/by-path/ccw-0.0.1987-fc-0x50050763070bc5e3-lun-0x4008400b00000000"),
        DiskKind::Scsi
    );
    for other in ["vda", "nvme0n1", "disk/by-id/virtio-1"] {
        assert_eq!(kind(other), DiskKind::Other, "{other}");
    }
}
