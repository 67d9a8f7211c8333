//! Channel devices of s390x, each value by itself.

use super::super::raw::RawChannel;
use super::value::Values;
use crate::diag::Code;
use crate::model::channel::{Channel, Ipl, LunScan};

/// Reads the channel devices of a node.
pub fn read(values: &Values, raw: &RawChannel) -> Channel {
    let znet = "write one string, such as `qeth,0.0.bdf0,0.0.bdf1,0.0.bdf2,layer2=1,portno=0`";
    let dasd = "write bus ids such as `0.0.3490`, or ranges such as `0.0.3490-0.0.3497`";
    let zfcp = "write one string a path, such as `0.0.1987,0x50050763070bc5e3,0x4008400b00000000`";
    let scan = values.boolean(raw.allow_lun_scan.as_ref());
    let secure = values.boolean(raw.secure_ipl.as_ref()).unwrap_or_default();
    Channel {
        znet: raw.znet.iter().filter_map(|s| values.parse(Code::V320, s, znet)).collect(),
        dasd: Values::words(&raw.dasd).iter().filter_map(|s| values.parse(Code::V321, s, dasd)).collect(),
        zfcp: raw.zfcp.iter().filter_map(|s| values.parse(Code::V322, s, zfcp)).collect(),
        lun_scan: scan.map(|all| if all { LunScan::All } else { LunScan::Named }),
        ipl: if secure { Ipl::Secure } else { Ipl::Usual },
    }
}
