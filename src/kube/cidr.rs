//! Ranges of addresses, such as `10.0.0.0/8`. Says what is wrong with one; whose addresses they are, is not known here.

use std::net::IpAddr;

/// A range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    // Both families as 128 bits, the address in the upper ones.
    bits: u128,
    is_v6: bool,
    length: u8,
}

impl Cidr {
    /// Reads an address, `/` and the length of its prefix.
    ///
    /// Bits behind the prefix are allowed and mean nothing, as in Kubernetes (v1.33, `apimachinery`,
    /// `IsValidCIDRForLegacyField`); numbers with leading zeros, which it takes too, are refused: others read them as octal.
    ///
    /// # Errors
    /// What is wrong, and what was probably meant.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some((address, length)) = text.split_once('/') else {
            let all = if text.contains(':') { 128 } else { 32 };
            return Err(match text.parse::<IpAddr>() {
                Ok(_) => format!("must be a range of addresses: write `{text}/{all}` for this one"),
                Err(_) => "must be a range of addresses, such as `10.0.0.0/8`".to_owned(),
            });
        };
        let Ok(address) = address.parse::<IpAddr>() else {
            return Err(format!(
                "must be a range of addresses, and `{address}` is no address"
            ));
        };
        let (bits, is_v6, most) = match address {
            IpAddr::V4(v4) => (u128::from(v4.to_bits()) << 96, false, 32),
            IpAddr::V6(v6) => (v6.to_bits(), true, 128),
        };
        match length.parse::<u8>() {
            Ok(length) if length <= most && !text.contains("/+") => Ok(Self {
                bits,
                is_v6,
                length,
            }),
            _ => Err(format!(
                "must end with a prefix length from 0 to {most}, not `{length}`"
            )),
        }
    }

    /// Tells whether another range is a part of this one, and not all of it.
    pub fn has_within(&self, other: &Self) -> bool {
        let prefix = |bits: u128| bits.checked_shr(128 - u32::from(self.length)).unwrap_or(0);
        self.is_v6 == other.is_v6
            && other.length > self.length
            && prefix(self.bits) == prefix(other.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::Cidr;

    #[test]
    fn ranges_of_both_families() {
        for text in [
            "10.0.0.0/8",
            "10.1.2.3/8",
            "0.0.0.0/0",
            "192.168.1.7/32",
            "fd00::/8",
            "::/0",
            "::1/128",
        ] {
            assert!(Cidr::parse(text).is_ok(), "{text}");
        }
        for (text, part) in [
            ("10.0.0.1", "write `10.0.0.1/32`"),
            ("fd00::1", "write `fd00::1/128`"),
            ("10.0.0/8", "`10.0.0` is no address"),
            ("010.0.0.0/8", "no address"),
            ("10.0.0.0/33", "0 to 32"),
            ("10.0.0.0/+8", "0 to 32"),
            ("10.0.0.0/", "0 to 32"),
            ("fd00::/129", "0 to 128"),
            ("office", "such as `10.0.0.0/8`"),
            ("", "such as"),
        ] {
            let error = Cidr::parse(text).expect_err(text);
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn parts_are_smaller_and_inside() {
        let within = |outer: &str, inner: &str| {
            Cidr::parse(outer)
                .unwrap()
                .has_within(&Cidr::parse(inner).unwrap())
        };
        assert!(within("10.0.0.0/8", "10.1.0.0/16"));
        assert!(within("0.0.0.0/0", "10.0.0.0/8"));
        assert!(within("::/0", "fd00::/8"));
        assert!(!within("10.0.0.0/8", "10.0.0.0/8"));
        assert!(!within("10.0.0.0/8", "11.0.0.0/16"));
        assert!(!within("10.1.0.0/16", "10.0.0.0/8"));
        assert!(!within("0.0.0.0/0", "fd00::/8"));
    }
}
