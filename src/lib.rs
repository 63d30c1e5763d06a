pub mod analysis;
pub mod cli;
pub mod evidence;
pub mod frame;
pub mod ingest;
pub mod model;
pub mod prob;
pub mod report;
