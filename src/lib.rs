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
//! | layer | modules | may import |
//! |---|---|---|
//! | 0 | `text`, `diag`, `pool` | nothing of okdboot |
//! | 1 | `model`, `initramfs`, `signature` | `text`; `initramfs` and `signature` also `model` |
//! | 2 | `vars`, `stream`, `lock`, `ignition`, `matchbox`, `template`, `bundle`, `draft` | 0-1 (`lock` also `stream`) |
//! | 3 | `plan` | 0-2, except `vars` and `stream` |
//! | 4 | `http`, `disk`, `dhcp` | 0-1; `disk` also `plan::Tree` |
//! | 5 | `apply`, `probe` | 0-1, 3-4 |
//! | 6 | `serve` | 0-1, 3-5, `ignition` and `matchbox`; Tokio is named here and in `cli` |
//! | 7 | `cli` | all |
//!
//! The library carries no promise of stability: it exists for the binary and its tests.

pub mod apply;
pub mod bundle;
pub mod cli;
pub mod dhcp;
pub mod diag;
pub mod disk;
pub mod draft;
pub mod http;
pub mod ignition;
pub mod initramfs;
pub mod lock;
pub mod matchbox;
pub mod model;
pub mod plan;
pub mod pool;
pub mod probe;
pub mod serve;
pub mod signature;
pub mod stream;
pub mod template;
pub mod text;
pub mod vars;
