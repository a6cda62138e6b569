//! The plug-ins in hosts.
