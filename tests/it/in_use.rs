//! `okdboot.loaders`: what is rendered, fetched, offered and refused by the ways that are in use.

use std::fs;

use crate::golden::render;
use crate::sandbox::Ran;

/// Renders the usual cluster anew, with settings of its own.
fn rendered(settings: &[&str]) -> Ran {
    let flags = settings.iter().flat_map(|setting| ["--set", *setting]);
    let args = ["render", "--ignition", "ignition", "-o", "new"];
    render("dhcp").again().args(args).args(flags).run()
}

fn text(ran: &Ran, path: &str) -> String {
    fs::read_to_string(ran.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

const SCRIPT: &str = "new/http/ipxe/52-54-00-60-72-67.ipxe";

#[test]
fn a_site_of_ipxe_alone_may_be_one_of_https() {
    let https = "okdboot.url=https://boot.example.com";
    let ran = rendered(&["okdboot.loaders=[ipxe]", https]).status(0);
    let said = ran.stderr_text();
    assert!(!said.contains("R011") && !said.contains("R017"), "{said}");
    let script = text(&ran, SCRIPT);
    assert!(script.contains("https://boot.example.com/assets/"), "{script}");
    let ran = ran.expect_absent("new/tftpboot").expect_absent("new/matchbox/groups");
    let flags = ["-e", "okdboot.loaders=ipxe", "-e", https];
    let ran = ran.again().args(["verify", "--ignition", "ignition", "-o", "new"]).args(flags).run();
    assert!(
        !ran.stderr_text().contains("P001") && !ran.stderr_text().contains("P004"),
        "{}",
        ran.stderr_text()
    );
    let ran = rendered(&[https]).status(3);
    assert!(
        ran.stderr_text().contains("`pxelinux` and `grub` cannot fetch over https"),
        "{}",
        ran.stderr_text()
    );
    rendered(&["okdboot.loaders=[ipxe, grub]", https]).status(3);
}

#[test]
fn grub_that_came_over_http_has_its_config_below_the_web_root() {
    let ran = rendered(&["okdboot.loaders=[uefi-http]", "okdboot.grub=tftp"]).status(0);
    let config = text(&ran, "new/http/grub.cfg-01-52-54-00-60-72-67");
    assert!(config.contains("(http,192.168.7.77:8080)/assets/"), "{config}");
    let ran = ran.expect_absent("new/tftpboot").expect_absent("new/http/ipxe");
    let flags = ["-e", "okdboot.loaders=uefi-http"];
    let ran = ran.again().args(["explain", "bootstrap", "-o", "new"]).args(flags).run().status(0);
    let page = ran.stdout_text();
    assert!(page.contains("http://192.168.7.77:8080/grub.cfg-01-52-54-00-60-72-67"), "{page}");
    let ran = ran.again().args(["disarm", "bootstrap", "-o", "new"]).args(flags).run().status(0);
    assert!(text(&ran, "new/http/grub.cfg-01-52-54-00-60-72-67").contains("\nexit 1\n"));
    let ran = rendered(&["okdboot.loaders=[uefi-http, grub]"]).status(0);
    for path in ["new/http/grub.cfg-01-52-54-00-60-72-67", "new/tftpboot/grub.cfg-01-52-54-00-60-72-67"] {
        assert!(text(&ran, path).contains("assets/") || text(&ran, path).contains("linux"), "{path}");
    }
}

#[test]
fn a_site_of_the_iso_has_no_boot_file_and_fetches_nothing_else() {
    let ran = rendered(&["okdboot.loaders=[iso]"]).status(0);
    assert!(!ran.stderr_text().contains("R011"), "{}", ran.stderr_text());
    let ran =
        ran.expect_absent("new/tftpboot").expect_absent("new/http").expect_absent("new/matchbox/groups");
    let fetch = |ran: Ran, loaders: &str| {
        ran.again().args(["fetch", "--dry-run", "-o", "new", "--set", loaders]).run().status(0)
    };
    let ran = fetch(ran, "okdboot.loaders=iso");
    let listed = ran.stdout_text();
    assert!(listed.contains("live-iso") && !listed.contains("kernel"), "{listed}");
    let ran = fetch(ran, "okdboot.loaders=[iso, pxelinux]");
    let listed = ran.stdout_text();
    assert!(listed.contains("live-iso") && listed.contains("kernel"), "{listed}");
}

#[test]
fn dhcp_offers_what_is_in_use() {
    let offered = |loaders: &str| {
        let ran = rendered(&[loaders]).status(0);
        files_in(&ran, "new/services/dnsmasq/conf.d")
    };
    let usual = offered("okdboot.loaders=[pxelinux, ipxe, grub]");
    assert!(usual.contains("undionly.kpxe") && usual.contains("snponly.efi"), "{usual}");
    let own = offered("okdboot.loaders=[pxelinux, grub]");
    assert!(own.contains("lpxelinux.0") && own.contains("grubx64.efi"), "{own}");
    assert!(!own.contains("snponly.efi") && !own.contains("boot.ipxe") && !own.contains(".ipxe,"), "{own}");
    let http = offered("okdboot.loaders=[uefi-http]");
    assert!(http.contains("http://192.168.7.77:8080/grubx64.efi") && !http.contains("lpxelinux.0"), "{http}");
}

fn files_in(ran: &Ran, folder: &str) -> String {
    let files = fs::read_dir(ran.join(folder)).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.is_file()).map(|path| fs::read_to_string(path).unwrap()).collect()
}

#[test]
fn what_only_matchbox_serves_needs_it() {
    for setting in
        ["okdboot.ipxe=matchbox", "okdboot.ignition_url=matchbox", "okdboot.ignition_url=two-phase"]
    {
        let ran = rendered(&["okdboot.loaders=[ipxe]", setting]).status(3);
        assert!(ran.stderr_text().contains("needs matchbox, which is not among"), "{}", ran.stderr_text());
        rendered(&["okdboot.loaders=[ipxe, matchbox]", setting]).status(0);
    }
    // matchbox alone is the chain that `verify --live` asks for.
    let ran = rendered(&["okdboot.loaders=[matchbox]"]).status(0).expect_absent("new/http");
    assert!(ran.join("new/matchbox/groups").is_dir());
}
