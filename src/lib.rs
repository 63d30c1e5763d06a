pub mod evidence;
pub mod ingest;
pub mod model;
pub mod prob;
