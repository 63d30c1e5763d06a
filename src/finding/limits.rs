//! How rules write their limits, and those that several rules share.

use serde::Deserialize;

/// A struct of limits with their defaults. The policy sets them by name, in kebab case.
macro_rules! limits {
    ($(#[$about:meta])* pub struct $name:ident { $($(#[$doc:meta])* $key:ident: $type:ty = $default:expr,)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, PartialEq, serde::Deserialize)]
        #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
        pub struct $name {
            $($(#[$doc])* pub $key: $type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($key: $default,)* }
            }
        }
    };
}
pub(super) use limits;

limits! {
    /// By the probability that the finding matters.
    pub struct Doubt {
        /// From here on it is a warning.
        doubt: f64 = 0.4,
        /// From here on it is an error.
        wrong: f64 = 0.5,
    }
}

/// Of rules that have none.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoLimits {}

limits! {
    /// Of rules that warn and never condemn.
    pub struct Suspicion {
        /// The probability that the finding matters from which it is a warning.
        doubt: f64 = 0.4,
    }
}
