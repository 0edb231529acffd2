//! Facts of Kubernetes: the spelling of names, labels, images, quantities, durations, address ranges and schedules, versions,
//! the scope and order of kinds, the fields of their types and what is valid in them, which API versions go away, what Pod Security refuses, and
//! which load balancers are internal.
//! Pure functions and tables; what the objects are for is not known here.

pub mod cidr;
pub mod cron;
pub mod deprecated;
pub mod duration;
pub mod image;
pub mod label;
pub mod load_balancer;
pub mod name;
pub mod object;
pub mod order;
pub mod pod_security;
pub mod probe;
pub mod quantity;
pub mod served;
pub mod shape;
pub mod valid;
pub mod version;
