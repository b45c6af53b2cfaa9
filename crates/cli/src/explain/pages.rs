//! The pages of `docs/errors/`, kept in the binary. A test compares this list with the folder and with the tables of codes.

macro_rules! pages {
    ($($code:ident),* $(,)?) => {
        &[$((stringify!($code), include_str!(concat!("../../../../docs/errors/", stringify!($code), ".md")))),*]
    };
}

/// Every page with its code.
#[rustfmt::skip]
pub(super) const PAGES: &[(&str, &str)] = pages![
    BH0001, BH0002, BH0003, BH0004, BH0005, BH0006, BH0007, BH0008, BH0009, BH0010,
    BH0011, BH0012, BH0013, BH0014, BH0015, BH0016, BH0017, BH0018, BH0019, BH0020, BH0030,
    BH0031, BH0032, BH0033, BH0034, BH1001, BH1002, BH1003, BH1004, BH1005, BH1006,
    BH1007, BH1101, BH1102, BH1103, BH1104, BH1105, BH1201, BH1202, BH1203, BH1204,
    BH1205, BH1206, BH1301, BH1302, BH1303, BH1304, BH1305, BH1306, BH1307, BH1308,
    BH1309, BH1310, BH1311, BH1312, BH1401, BH1402, BH1403, BH1404, BH1405, BH1406,
    BH1407, BH1408, BH1409, BH1410, BH1411, BH1501, BH1502, BH1503, BH1504, BH1505,
    BH1506, BH1507, BH1508, BH1509, BH1510, BH1511, BH1512, BH2001, BH2002, BH2003,
    BH2004, BH3001, BH3002, BH3003, BH3004, BH4001,
    BH4002, BH4003, BH4004, BH4005, BH4006, BH4101, BH4102, BH4103, BH4104, BH4105,
    BH4106, BH4107,
];
