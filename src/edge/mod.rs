//! The proxy and the webhooks of the package: what they decide. The `.js` files here carry it out.

mod ids;
