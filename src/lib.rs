//! okdboot: from one `vars.yaml` to everything a bare-metal OpenShift or OKD cluster boots from.
//!
//! One flow, one way:
//!
//! ```text
//! vars.yaml --parse--> RawVars --check--> Cluster --build--> Plan --compare--> Changes --apply--> disk
//! ```
//!
//! Every decision is made in `plan`, which touches nothing. Dry run, diff, check, JSON, writing and
//! `verify` are readers of one `Plan`.
//!
//! Who may import whom, and what of the world may not stand in it; `tests/it/layer.rs` reads this table. A
//! module is above those that it may import, and prints nothing but in `cli`.
//!
//! | module | may import | must not touch |
//! |---|---|---|
//! | `text` | | files, environment, network, clock, chance |
//! | `diag` | `text` | files, environment, network, clock, chance |
//! | `pool` | | files, environment, network, clock, chance |
//! | `udp` | | files, environment, web, chance |
//! | `model` | `text` | files, environment, network, clock, chance |
//! | `initramfs` | `model` | files, environment, network, clock, chance |
//! | `signature` | `model` | files, environment, network, clock, chance |
//! | `pki` | `text`, `model` | files, environment, network, clock, chance |
//! | `vars` | `text`, `diag`, `model` | environment, network, clock |
//! | `stream` | `text`, `diag`, `model` | environment, network, clock |
//! | `lock` | `text`, `diag`, `model`, `stream` | environment, network, clock |
//! | `ignition` | `text`, `diag`, `model` | environment, network, clock |
//! | `matchbox` | `text`, `diag`, `model` | files, environment, network, clock, chance |
//! | `template` | `text`, `diag`, `model` | environment, network, clock |
//! | `bundle` | `text`, `diag`, `model` | files, environment, network, clock, chance |
//! | `store` | `text`, `model` | files, environment, network |
//! | `scaffold` | `text`, `model` | files, environment, network, clock, chance |
//! | `plan` | `text`, `diag`, `pool`, `model`, `lock`, `ignition`, `matchbox`, `template` | files, environment, network, clock, chance |
//! | `http` | `text`, `diag`, `model`, `pki` | environment |
//! | `disk` | `text`, `diag`, `pool`, `model`, `plan` | environment, network |
//! | `dhcp` | `model`, `udp` | environment, network |
//! | `apply` | `text`, `diag`, `pool`, `model`, `signature`, `store`, `plan`, `http`, `disk` | environment |
//! | `probe` | `text`, `diag`, `pool`, `model`, `initramfs`, `plan`, `http`, `disk`, `dhcp`, `udp` | environment |
//! | `serve` | `text`, `diag`, `pool`, `model`, `pki`, `ignition`, `matchbox`, `plan`, `disk`, `dhcp`, `probe` | environment, web |
//! | `push` | `text`, `diag`, `model`, `pki`, `matchbox`, `plan` | files, environment, web |
//! | `run` | `text`, `diag`, `pool`, `model`, `initramfs`, `pki`, `vars`, `stream`, `lock`, `ignition`, `matchbox`, `template`, `bundle`, `plan`, `http`, `disk`, `dhcp`, `apply`, `probe` | environment, web |
//! | `approve` | `text`, `model`, `pki` | files, environment, web |
//!
//! `run` has the use cases, which `cli` calls and speaks for. `vars` and its like read files in one thin `load` each. Tokio is named in `http`, `serve`, `push` and `cli` alone.
//!
//! The library carries no promise of stability: it exists for the binary and its tests.

pub mod apply;
pub mod approve;
pub mod bundle;
pub mod cli;
pub mod dhcp;
pub mod diag;
pub mod disk;
pub mod http;
pub mod ignition;
pub mod initramfs;
pub mod lock;
pub mod matchbox;
pub mod model;
pub mod pki;
pub mod plan;
pub mod pool;
pub mod probe;
pub mod push;
pub mod run;
pub mod scaffold;
pub mod serve;
pub mod signature;
pub mod store;
pub mod stream;
pub mod template;
pub mod text;
pub mod udp;
pub mod vars;
