//! The examples at the end of each help page; a test runs the parser over every one.

pub(super) const EXAMPLES: &str = "\
Examples:
  okdboot render --example -o demo     a first look; needs no file, no network
  okdboot check                        what is wrong with ./vars.yaml
  okdboot fetch --stream okd-4.20      the images, pinned in okdboot.lock
  okdboot render --ignition install    the tree, with install/*.ign
  okdboot verify                       all of it against the plan";
pub(super) const CHECK_EXAMPLES: &str = "\
Examples:
  okdboot check
  okdboot check -f lab/vars.yaml -f prod/vars.yaml
  okdboot check --stream scos.json
  okdboot check --strict --format github";
pub(super) const HELP_EXAMPLES: &str = "\
Examples:
  okdboot help render
  okdboot help services install";
pub(super) const FETCH_EXAMPLES: &str = "\
Examples:
  okdboot fetch
  okdboot fetch --stream okd-4.20
  okdboot fetch --stream scos.json --mirror http://mirror.lab/coreos
  okdboot fetch --kind iso --dry-run";
pub(super) const CACHE_EXAMPLES: &str = "\
Examples:
  okdboot cache list
  okdboot cache verify
  okdboot cache prune --older-than 60 --dry-run";
pub(super) const CERTS_EXAMPLES: &str = "\
Examples:
  okdboot certs --san DNS:matchbox.example.com,IP:192.168.7.77
  okdboot certs --san IP:192.168.7.77 -o /etc/matchbox --renew";
pub(super) const RENDER_EXAMPLES: &str = "\
Examples:
  okdboot render --example -o demo
  okdboot render --ignition install
  okdboot render --diff
  okdboot render --check --only grub,pxelinux
  okdboot render --graph svg > cluster.svg";
pub(super) const SERVE_EXAMPLES: &str = "\
Examples:
  okdboot serve
  okdboot serve --dhcp proxy
  okdboot serve --http 192.0.2.1:8080 --watch 8088
  okdboot serve --data /var/lib/matchbox --http 8080
  okdboot serve --until ignition --timeout 30m --format json";
pub(super) const UP_EXAMPLES: &str = "\
Examples:
  okdboot up --ignition install
  okdboot up --ignition install --dhcp proxy
  okdboot up --stream okd-4.20 --ignition install --dhcp full --auto-disarm
  okdboot up --ignition install --until ignition --timeout 30m";
pub(super) const SCHEMA_EXAMPLES: &str = "\
Examples:
  okdboot schema > vars.schema.json
  okdboot schema | jq .definitions.node";
pub(super) const STATUS_EXAMPLES: &str = "\
Examples:
  okdboot status
  okdboot status -f lab/vars.yaml -f prod/vars.yaml
  okdboot status --format json
  okdboot status --kubeconfig install/auth/kubeconfig --watch 127.0.0.1:8088";
pub(super) const REMOVE_EXAMPLES: &str = "\
Examples:
  okdboot remove lab --dry-run
  okdboot remove lab -o /srv/boot";
pub(super) const VERIFY_EXAMPLES: &str = "\
Examples:
  okdboot verify
  okdboot verify --ignition install
  okdboot verify --live
  okdboot verify --live --chain ipxe --full
  okdboot verify --services --dns 192.0.2.53";
pub(super) const COMMANDS_EXAMPLES: &str = "\
Examples:
  okdboot commands --ignition install
  okdboot commands worker0 worker1
  okdboot commands --method kargs master0";
pub(super) const EXPLAIN_EXAMPLES: &str = "\
Examples:
  okdboot explain worker1
  okdboot explain 52:54:00:f4:26:a1 --format json
  okdboot explain worker1 --group-match --label os=installed
  okdboot explain --group-match --label mac=52:54:00:f4:26:a1";
pub(super) const EXPLAIN_CODE_EXAMPLES: &str = "\
Examples:
  okdboot explain-code V201
  okdboot explain-code p009 --format json
  okdboot explain-code                 every code, a line each";
pub(super) const INIT_EXAMPLES: &str = "\
Examples:
  okdboot init
  okdboot init -f lab/vars.yaml --from-install-config install-config.yaml
  okdboot init --answers answers.yaml --macs dnsmasq.leases
  okdboot init --answers answers.yaml --yes --dry-run";
pub(super) const MAN_EXAMPLES: &str = "\
Examples:
  okdboot man | man -l -
  okdboot man ~/.local/share/man/man1";
pub(super) const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  okdboot completions bash > /etc/bash_completion.d/okdboot
  okdboot completions zsh > ~/.zfunc/_okdboot
  okdboot completions fish > ~/.config/fish/completions/okdboot.fish";
pub(super) const BUNDLE_EXAMPLES: &str = "\
Examples:
  okdboot bundle export ocp4.tar
  okdboot bundle export ocp4.tar --with-ignition --kind iso
  okdboot bundle import ocp4.tar --dry-run
  okdboot bundle import ocp4.tar --sha256 $SHA256";
pub(super) const ARM_EXAMPLES: &str = "\
Examples:
  okdboot arm worker0
  okdboot arm --role worker --until 2030-01-31T18:00:00Z";
pub(super) const DISARM_EXAMPLES: &str = "\
Examples:
  okdboot disarm worker0 worker1
  okdboot disarm --expired";
pub(super) const PUSH_EXAMPLES: &str = "\
Examples:
  okdboot push --endpoint matchbox.example.com:8081 --dry-run
  okdboot push --endpoint 192.168.7.77:8081 --ignition install
  okdboot push --endpoint a.example.com:8081,b.example.com:8081 --check
  okdboot push --endpoint 192.168.7.77:8081 --remove ocp4";
pub(super) const SERVICES_EXAMPLES: &str = "\
Examples:
  okdboot services diff
  okdboot services install --dry-run
  okdboot services install
  okdboot services install --root /mnt/sysimage";
pub(super) const UNPACK_EXAMPLES: &str = "\
Examples:
  okdboot unpack /boot -o /tree
  okdboot unpack /boot --images http://s3.example.com/coreos -o /tree
  okdboot unpack /boot --images s3://coreos --endpoint http://s3:9000 -o /tree";
pub(super) const ASSETS_EXAMPLES: &str = "\
Examples:
  okdboot assets sync s3://boot/coreos --endpoint http://s3.example.com:9000
  okdboot assets sync s3://boot --region eu-central-1 --dry-run";
pub(super) const APPROVE_EXAMPLES: &str = "\
Examples:
  okdboot approve --kubeconfig install/auth/kubeconfig --dry-run
  okdboot approve --kubeconfig install/auth/kubeconfig --watch --until-all
  okdboot approve worker3 --replace worker3";
