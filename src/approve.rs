//! Which certificates kubelets may have: judged by what vars.yaml says of each machine, not by pattern.
//!
//! The rules are those of openshift/cluster-machine-approver (`pkg/controller/csr_check.go`), which approves
//! nothing on bare metal without a provisioner, since nothing there says which machines are expected.
//! vars.yaml does. All of it is a pure function of three things: the request, the machines, and the names
//! of the nodes that are there.

pub mod cluster;
pub mod machine;
pub mod request;
pub mod verdict;

pub use machine::DeclaredMachine;
pub use request::{CertificateRequest, CertificateSubject, Round};
pub use verdict::{ApprovalFacts, Verdict, judge_all};
