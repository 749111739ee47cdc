// Rows of tables as text.
#include "seegrad/record/csv_row.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "seegrad/math/random.hpp"

namespace seegrad::records {

TEST_CASE("every number of a row reads back to the same value", "[record]") {
  using limits = std::numeric_limits<double>;
  std::vector<double> numbers{
      0, 1, 0.1, 1.0 / 3, 1e-7, 1e15, 1e16, 1e22, 123456789012345680.0, limits::max(), limits::min(), limits::denorm_min()};
  Random random(1);
  for (int i = 0; i < 1000; ++i) numbers.push_back(random.normal() * std::pow(10, random.uniform(-300, 300)));
  for (const double number : numbers)
    for (const double value : {number, -number}) {
      const std::string text = (CsvRow() << value).text();
      CAPTURE(text);
      CHECK(text.size() <= 24);
      CHECK(std::strtod(text.c_str(), nullptr) == value);
      CHECK(std::signbit(std::strtod(text.c_str(), nullptr)) == std::signbit(value));
    }
  for (const std::int64_t value : {std::int64_t{0}, std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()})
    CHECK((CsvRow() << value).text() == std::to_string(value));
}

TEST_CASE("numbers have as few digits as they need, and what is none has one spelling", "[record]") {
  const double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  CHECK((CsvRow() << 0.1 << 0.30000000000000004 << 1e-7 << 2.0 << infinity << -infinity << nan << -nan).text() ==
        "0.1,0.30000000000000004,1e-07,2,inf,-inf,nan,nan");
}

TEST_CASE("text with a comma, a quote or a line break stands in quotes", "[record]") {
  CHECK((CsvRow() << std::string_view("a b") << std::string_view("a,b") << std::string_view("a\"b") << std::string_view("a\n")).text() ==
        "a b,\"a,b\",\"a\"\"b\",\"a\n\"");
}

TEST_CASE("rows that are gathered are the rows one by one", "[record]") {
  CsvRow rows;
  for (int round = 0; round < 2; ++round) {
    rows.clear();
    rows << std::int64_t{1} << 0.5;
    rows.end_line();
    rows << std::string_view("x\n") << -2.0;
    rows.end_line();
    CHECK(rows.text() == "1,0.5\n\"x\n\",-2\n");
  }
}

}  // namespace seegrad::records
