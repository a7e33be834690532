//! Parquet files built by hand, byte by byte, as no writer builds them: for tests and the fuzzer.

/// Thrift's compact protocol, written by hand.
#[derive(Default, Clone)]
pub(crate) struct Thrift(pub(crate) Vec<u8>);

impl Thrift {
    pub(crate) fn number(mut self, mut value: u64) -> Self {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
        self
    }

    /// A field with its full id.
    pub(crate) fn field(mut self, id: u64, kind: u8) -> Self {
        self.0.push(kind);
        self.number(id << 1)
    }

    pub(crate) fn int(self, id: u64, value: i64) -> Self {
        self.field(id, 6).number((value << 1 ^ value >> 63) as u64)
    }

    pub(crate) fn text(self, id: u64, text: &str) -> Self {
        let mut this = self.field(id, 8).number(text.len() as u64);
        this.0.extend(text.as_bytes());
        this
    }

    pub(crate) fn structure(self, id: u64, inner: Thrift) -> Self {
        let mut this = self.field(id, 12);
        this.0.extend(inner.end().0);
        this
    }

    /// A list that claims `count` structs and has these.
    pub(crate) fn list(self, id: u64, count: u64, items: &[Thrift]) -> Self {
        let mut this = self.field(id, 9);
        this.0.push(0xFC);
        this = this.number(count);
        for item in items {
            this.0.extend(item.clone().end().0);
        }
        this
    }

    pub(crate) fn end(mut self) -> Self {
        self.0.push(0);
        self
    }
}

/// A file of one row group and one column, `name` of texts or `number` of numbers, as far as its claims are true.
#[derive(Clone)]
pub(crate) struct Forged {
    pub(crate) pages: Vec<u8>,
    pub(crate) rows: i64,
    pub(crate) values: i64,
    pub(crate) codec: i64,
    pub(crate) numbers: bool,
    pub(crate) optional: bool,
    pub(crate) groups_claimed: u64,
    pub(crate) columns_claimed: u64,
}

impl Forged {
    pub(crate) fn new(pages: Vec<u8>, rows: i64) -> Self {
        Self {
            pages,
            rows,
            values: rows,
            codec: 0,
            numbers: false,
            optional: false,
            groups_claimed: 1,
            columns_claimed: 2,
        }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let length = self.pages.len() as i64;
        let (name, physical) = if self.numbers { ("number", 2) } else { ("name", 6) };
        let meta = Thrift::default()
            .int(1, physical)
            .int(4, self.codec)
            .int(5, self.values)
            .int(6, length)
            .int(7, length)
            .int(9, 4);
        let chunk = Thrift::default().int(2, 4).structure(3, meta);
        let group = Thrift::default()
            .list(1, 1, &[chunk])
            .int(2, length)
            .int(3, self.rows);
        let root = Thrift::default().text(4, "schema").int(5, 1);
        let column = Thrift::default()
            .int(1, physical)
            .int(3, i64::from(self.optional))
            .text(4, name);
        let footer = Thrift::default()
            .int(1, 1)
            .list(2, self.columns_claimed, &[root, column])
            .int(3, self.rows)
            .list(4, self.groups_claimed, &[group])
            .end();
        file(&self.pages, &footer.0)
    }
}

pub(crate) fn file(pages: &[u8], footer: &[u8]) -> Vec<u8> {
    let length = (footer.len() as u32).to_le_bytes();
    [b"PAR1", pages, footer, &length, b"PAR1"].concat()
}

/// A data page of a required column.
pub(crate) fn page(count: i64, coding: i64, whole: i64, content: &[u8]) -> Vec<u8> {
    let header = Thrift::default().int(1, count).int(2, coding).int(3, 3).int(4, 3);
    let page = Thrift::default()
        .int(1, 0)
        .int(2, whole)
        .int(3, content.len() as i64)
        .structure(5, header)
        .end();
    [page.0, content.to_vec()].concat()
}

pub(crate) fn dictionary(count: i64, content: &[u8]) -> Vec<u8> {
    let header = Thrift::default().int(1, count).int(2, 0);
    let page = Thrift::default()
        .int(1, 2)
        .int(2, content.len() as i64)
        .int(3, content.len() as i64)
        .structure(7, header)
        .end();
    [page.0, content.to_vec()].concat()
}

pub(crate) fn plain(texts: &[&str]) -> Vec<u8> {
    let one = |text: &&str| [&(text.len() as u32).to_le_bytes(), text.as_bytes()].concat();
    texts.iter().flat_map(one).collect()
}

pub(crate) fn varints(numbers: &[u64]) -> Vec<u8> {
    numbers.iter().fold(Thrift::default(), |all, n| all.number(*n)).0
}
