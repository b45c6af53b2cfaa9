//! The codes of complaints about documents as such: `BH0001` to `BH0099`.
