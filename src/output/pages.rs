//! The pages of one column of one row group, packed and put behind one another.

use super::hybrid;
use bytes::Bytes;
use parquet::basic::{Compression, Encoding, PageType, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::Result;
use parquet::file::metadata::{ColumnChunkMetaData, PageEncodingStats};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Compressor;

/// A chunk that is ready: its bytes, and what the footer says of it.
pub(super) type Closed = (Bytes, ColumnCloseResult);

/// The pages so far.
pub(super) struct Pages {
    sink: TrackedWrite<Vec<u8>>,
    /// Bytes before and after packing.
    sizes: (i64, i64),
    /// Where the dictionary begins, and the first page of rows.
    dictionary: Option<i64>,
    first: Option<i64>,
    count: i32,
    rows: u64,
}

impl Pages {
    pub(super) fn new() -> Self {
        let sink = TrackedWrite::new(Vec::new());
        Self { sink, sizes: (0, 0), dictionary: None, first: None, count: 0, rows: 0 }
    }

    fn write(&mut self, raw: &[u8], compressor: &mut Compressor<'_>, page: impl FnOnce(Bytes) -> Page) -> Result<i64> {
        let page = CompressedPage::new(page(compressor.compress(raw)?.into()), raw.len());
        let written = SerializedPageWriter::new(&mut self.sink).write_page(page)?;
        self.sizes.0 += written.uncompressed_size as i64;
        self.sizes.1 += written.compressed_size as i64;
        Ok(written.offset as i64)
    }

    /// Writes the distinct values, before any rows.
    pub(super) fn dictionary(&mut self, values: &[u8], count: u32, compressor: &mut Compressor<'_>) -> Result<()> {
        let page = |buf| Page::DictionaryPage { buf, num_values: count, encoding: Encoding::PLAIN, is_sorted: false };
        self.dictionary = Some(self.write(values, compressor, page)?);
        Ok(())
    }

    /// Writes a page of rows.
    pub(super) fn rows(
        &mut self,
        raw: &[u8],
        rows: usize,
        encoding: Encoding,
        compressor: &mut Compressor<'_>,
    ) -> Result<()> {
        let page = |buf| Page::DataPage {
            buf,
            num_values: rows as u32,
            encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        let offset = self.write(raw, compressor, page)?;
        self.first.get_or_insert(offset);
        self.count += 1;
        self.rows += rows as u64;
        Ok(())
    }

    /// The chunk as a row group takes it.
    pub(super) fn close(
        self,
        column: ColumnDescPtr,
        encoding: Encoding,
        statistics: Option<Statistics>,
    ) -> Result<Closed> {
        let stats = |page_type, encoding, count| PageEncodingStats { page_type, encoding, count };
        let (mut encodings, mut page_encodings) = (vec![Encoding::RLE, encoding], Vec::new());
        if self.dictionary.is_some() {
            encodings.insert(0, Encoding::PLAIN);
            page_encodings.push(stats(PageType::DICTIONARY_PAGE, Encoding::PLAIN, 1));
        }
        page_encodings.push(stats(PageType::DATA_PAGE, encoding, self.count));
        let mut metadata = ColumnChunkMetaData::builder(column)
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_encodings(encodings)
            .set_page_encoding_stats(page_encodings)
            .set_num_values(self.rows as i64)
            .set_total_uncompressed_size(self.sizes.0)
            .set_total_compressed_size(self.sizes.1)
            .set_dictionary_page_offset(self.dictionary)
            .set_data_page_offset(self.first.unwrap_or(0));
        if let Some(statistics) = statistics {
            metadata = metadata.set_statistics(statistics);
        }
        let bytes: Bytes = self.sink.into_inner()?.into();
        let close = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: self.rows,
            metadata: metadata.build()?,
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        Ok((bytes, close))
    }
}

/// Appends which of `rows` rows have a value; none of `present`: all have one.
pub(super) fn push_levels(present: Option<impl Iterator<Item = bool>>, rows: usize, page: &mut Vec<u8>) {
    let start = page.len();
    page.extend_from_slice(&[0; 4]);
    match present {
        None => hybrid::run(1, rows, 1, page),
        Some(present) => hybrid::encode(&present.map(u32::from).collect::<Vec<_>>(), 1, page),
    }
    let length = (page.len() - start - 4) as u32;
    page[start..start + 4].copy_from_slice(&length.to_le_bytes());
}
