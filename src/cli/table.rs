//! Rows in columns that are as wide as they need to be, two blanks apart.

/// Lines of cells, printed below one another.
#[derive(Debug, Default)]
pub struct Table {
    lines: Vec<Vec<String>>,
    indent: &'static str,
    most: Option<usize>,
}

impl Table {
    /// Begins with a line of titles.
    pub fn titled(titles: &[&str]) -> Self {
        let titles = titles.iter().map(|title| (*title).to_owned()).collect();
        Self { lines: vec![titles], ..Self::default() }
    }

    /// Begins without one; each line is indented.
    pub fn indented(indent: &'static str) -> Self {
        Self { indent, ..Self::default() }
    }

    /// Lets no cell make its column wider than this: a longer one moves the rest of its own line alone.
    #[must_use]
    pub fn at_most(self, width: usize) -> Self {
        Self { most: Some(width), ..self }
    }

    /// Prints it with these rows below.
    pub fn print<R: IntoIterator<Item = String>>(mut self, rows: impl IntoIterator<Item = R>) -> String {
        self.lines.extend(rows.into_iter().map(|row| row.into_iter().collect()));
        let columns = self.lines.iter().map(Vec::len).max().unwrap_or_default();
        let widths: Vec<usize> = (0..columns).map(|column| self.width(column)).collect();
        let print = |line: &Vec<String>| {
            let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            format!("{}{}\n", self.indent, cells.collect::<Vec<_>>().join("  ").trim_end())
        };
        self.lines.iter().map(print).collect()
    }

    fn width(&self, column: usize) -> usize {
        let cells = self.lines.iter().filter_map(|line| line.get(column));
        let width = cells.map(|cell| cell.chars().count()).max().unwrap_or_default();
        self.most.map_or(width, |most| width.min(most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_need_to_be() {
        let rows = [["é", "long"], ["three", ""]].map(|row| row.map(str::to_owned));
        assert_eq!(Table::titled(&["A", "B"]).print(rows), "A      B\né      long\nthree\n");
    }

    #[test]
    fn a_cell_that_is_too_long_moves_its_own_line_alone() {
        let rows = [["a", "b"], ["three", "c"]].map(|row| row.map(str::to_owned));
        assert_eq!(Table::indented("  ").at_most(3).print(rows), "  a    b\n  three  c\n");
    }
}
