// A terminal without glass, for tests of what is drawn on one: it understands \r, \n, the cursor upwards, erasing, the cursor's
// visibility and colours (which it leaves out), and refuses everything else.
#pragma once
#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "record/utf8.hpp"

namespace seegrad {

class Terminal {
 public:
  struct Habits {
    bool rewraps = true;      // a narrower terminal breaks long lines into several rows; else it cuts them
    bool brings_back = true;  // a higher terminal shows again what went out of sight
  };

  Terminal(int rows, int columns, Habits habits) : rows_(size(rows)), columns_(size(columns)), habits_(habits) {}
  Terminal(int rows, int columns) : Terminal(rows, columns, Habits()) {}

  void write(std::string_view text) {
    while (!text.empty()) {
      if (text.starts_with("\033["))
        obey(text);
      else
        type(records::next_character(text));
    }
  }

  void resize(int rows, int columns) {
    while (lines_.size() > row_ + 1 && lines_.back().cells.empty()) lines_.pop_back();
    if (size(columns) != columns_) habits_.rewraps ? rewrap(size(columns)) : cut(size(columns));
    rows_ = size(rows);
    columns_ = size(columns);
    const std::size_t lowest_top = lines_.size() > rows_ ? lines_.size() - rows_ : 0;
    top_ = habits_.brings_back ? lowest_top : std::max(std::min(top_, lines_.size() - 1), lowest_top);
  }

  /// What can be seen, without the empty rows at the bottom.
  std::vector<std::string> screen() const { return text(top_, lines_.size()); }
  std::vector<std::string> out_of_sight() const { return text(0, top_); }
  int rows() const { return static_cast<int>(rows_); }
  int columns() const { return static_cast<int>(columns_); }
  std::size_t cursor_row() const { return row_ - top_; }
  std::size_t cursor_column() const { return column_; }
  bool cursor_is_visible() const { return visible_; }
  /// How often a line was longer than the terminal is wide.
  int overflows() const { return overflows_; }

 private:
  struct Line {
    std::u32string cells;
    bool goes_on = false;  // in the next row
  };

  static std::size_t size(int n) { return static_cast<std::size_t>(n); }

  void type(char32_t c) {
    if (c == U'\r') {
      column_ = 0;
    } else if (c == U'\n') {
      feed();
    } else if (c < U' ') {
      throw std::runtime_error("the terminal does not know this control character");
    } else {
      if (column_ == columns_) {
        lines_[row_].goes_on = true;
        feed();
        column_ = 0;
        ++overflows_;
      }
      std::u32string& cells = lines_[row_].cells;
      cells.resize(std::max(cells.size(), column_ + 1), U' ');
      cells[column_++] = c;
    }
  }

  void feed() {
    if (++row_ == lines_.size()) lines_.emplace_back();
    if (row_ == top_ + rows_) ++top_;
  }

  void obey(std::string_view& text) {
    const std::size_t end = text.find_first_not_of("0123456789;?", 2);
    if (end == std::string_view::npos) throw std::runtime_error("an escape sequence is not complete");
    const std::string sequence(text.substr(2, end - 1));
    text.remove_prefix(end + 1);
    if (sequence == "K" || sequence == "J") {
      erase(sequence == "J");
    } else if (sequence == "?25l" || sequence == "?25h") {
      visible_ = sequence.back() == 'h';
    } else if (sequence.back() == 'A') {
      const std::size_t up = sequence.size() > 1 ? std::stoul(sequence) : 1;
      row_ = row_ - top_ > up ? row_ - up : top_;
    } else if (sequence.back() != 'm') {
      throw std::runtime_error("the terminal does not know ESC[" + sequence);
    }
  }

  void erase(bool below) {
    Line& line = lines_[row_];
    line.cells.resize(std::min(line.cells.size(), column_));
    line.goes_on = false;
    if (below) lines_.resize(row_ + 1);
  }

  void rewrap(std::size_t columns) {
    std::vector<Line> before = {{}};
    before.swap(lines_);
    const std::size_t cursor = row_;
    for (std::size_t i = 0; i < before.size(); ++i) {
      const bool continues = i > 0 && before[i - 1].goes_on;
      if (i > 0 && !continues) lines_.emplace_back();
      for (const char32_t c : before[i].cells) {
        if (lines_.back().cells.size() == columns) lines_.back().goes_on = true, lines_.emplace_back();
        lines_.back().cells += c;
      }
      if (i == cursor) row_ = lines_.size() - 1;
    }
    column_ = std::min(column_, columns);
  }

  void cut(std::size_t columns) {
    for (Line& line : lines_) line.cells.resize(std::min(line.cells.size(), columns));
    column_ = std::min(column_, columns);
  }

  std::vector<std::string> text(std::size_t from, std::size_t to) const {
    std::vector<std::string> rows;
    for (std::size_t i = from; i < to; ++i) {
      rows.emplace_back();
      for (const char32_t c : lines_[i].cells) records::append_utf8(rows.back(), c);
      rows.back().erase(rows.back().find_last_not_of(' ') + 1);
    }
    while (!rows.empty() && rows.back().empty()) rows.pop_back();
    return rows;
  }

  std::size_t rows_, columns_;
  Habits habits_;
  std::vector<Line> lines_ = {{}};
  std::size_t top_ = 0, row_ = 0, column_ = 0;
  bool visible_ = true;
  int overflows_ = 0;
};

}  // namespace seegrad
