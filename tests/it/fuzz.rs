//! The targets of cargo-fuzz, each over every seed. They need a compiler that nobody has at hand, and would not
//! build any more without anybody's notice.

#![allow(
    unused_attributes,
    unused_imports,
    reason = "they are programs, which have no main function and a macro of their own"
)]

#[path = "../../fuzz/targets/certificates.rs"]
mod certificates;
#[path = "../../fuzz/targets/content_range.rs"]
mod content_range;
#[path = "../../fuzz/targets/dhcp.rs"]
mod dhcp;
#[path = "../../fuzz/targets/head.rs"]
mod head;
#[path = "../../fuzz/targets/ignition.rs"]
mod ignition;
#[path = "../../fuzz/targets/initramfs.rs"]
mod initramfs;
#[path = "../../fuzz/targets/loader.rs"]
mod loader;
#[path = "../../fuzz/targets/lock.rs"]
mod lock;
#[path = "../../fuzz/targets/retry_after.rs"]
mod retry_after;
#[path = "../../fuzz/targets/stream.rs"]
mod stream;
#[path = "../../fuzz/targets/tftp.rs"]
mod tftp;
#[path = "../../fuzz/targets/tftp_request.rs"]
mod tftp_request;
#[path = "../../fuzz/targets/vars.rs"]
mod vars;

type Target = fn(&[u8]);

#[test]
fn no_seed_makes_a_target_panic() {
    let targets: [(&str, Target); 13] = [
        ("certificates", certificates::run),
        ("content_range", content_range::run),
        ("dhcp", dhcp::run),
        ("head", head::run),
        ("ignition", ignition::run),
        ("initramfs", initramfs::run),
        ("loader", loader::run),
        ("lock", lock::run),
        ("retry_after", retry_after::run),
        ("stream", stream::run),
        ("tftp", tftp::run),
        ("tftp_request", tftp_request::run),
        ("vars", vars::run),
    ];
    let mut seeds = vec![("nothing".to_owned(), Vec::new())];
    for (name, _) in targets {
        let folder = crate::project(&format!("fuzz/seeds/{name}"));
        // Those that read what testdata is full of have none.
        let names = if folder.is_dir() { crate::names_in(&folder) } else { Vec::new() };
        seeds.extend(names.into_iter().map(|seed| (seed.clone(), std::fs::read(folder.join(seed)).unwrap())));
    }
    seeds.push(("vars.yaml".to_owned(), crate::read("example/vars.yaml").into_bytes()));
    seeds.push(("okdboot.lock".to_owned(), crate::read("example/okdboot.lock").into_bytes()));
    assert!(seeds.len() > 20, "{} seeds", seeds.len());
    for (_, run) in targets {
        for (_, bytes) in &seeds {
            run(bytes);
        }
    }
}
