// Pictures and scores as text.

#include "seegrad/record/prediction_text.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "record/terminal_text.hpp"
#include "seegrad/math/error.hpp"

using namespace seegrad;
using namespace seegrad::records;
using Strings = std::vector<std::string>;
using Bytes = std::vector<std::uint8_t>;

namespace {

constexpr TextStyle ascii{}, unicode{.unicode = true}, colours{.unicode = true, .colour = true};

/// Every brightness there is, 16 x 16.
Bytes all_levels() {
  Bytes pixels(256);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<std::uint8_t>(i);
  return pixels;
}

}  // namespace

TEST_CASE("a picture of any size takes half as many lines as it has rows, each as wide as it", "[record]") {
  const Bytes levels = all_levels();
  for (const TextStyle style : {ascii, unicode, colours})
    for (const std::size_t rows : {1, 2, 3, 16})
      for (const std::size_t columns : {1, 7, 16}) {
        const Strings lines = grey_picture(std::span(levels).first(rows * columns), rows, columns, style);
        CHECK(lines.size() == (rows + 1) / 2);
        for (const std::string& line : lines) CHECK(columns_of(line) == static_cast<int>(columns));
      }
  CHECK_THROWS_AS(grey_picture(levels, 16, 15, ascii), Error);
}

TEST_CASE("half blocks stand where the picture is bright", "[record]") {
  CHECK(grey_picture(Bytes{255, 0, 255, 127, 0, 255, 128, 127}, 2, 4, unicode) == Strings{"▀▄█ "});
  CHECK(grey_picture(Bytes{255, 0}, 1, 2, unicode) == Strings{"▀ "});
}

TEST_CASE("in colour each half of a block has a grey of its own, from 232 for black to 255 for white", "[record]") {
  CHECK(grey_picture(Bytes{0, 255}, 2, 1, colours) == Strings{"\033[38;5;232;48;5;255m▀\033[0m"});
  for (const std::string& line : grey_picture(all_levels(), 16, 16, colours))
    for (std::size_t at = line.find("8;5;"); at != std::string::npos; at = line.find("8;5;", at + 1)) {
      const int colour = std::stoi(line.substr(at + 4));
      CHECK((colour >= 232 && colour <= 255));
    }
}

TEST_CASE("without Unicode brighter pixels are denser characters, and nothing is outside of ASCII", "[record]") {
  Bytes twice;
  for (int row = 0; row < 2; ++row)
    for (int i = 0; i < 256; ++i) twice.push_back(static_cast<std::uint8_t>(i));
  const std::string line = grey_picture(twice, 2, 256, ascii)[0];
  const std::string ramp = " .:-=+*#%@";
  std::size_t before = 0;
  for (const char c : line) {
    REQUIRE(ramp.find(c) != std::string::npos);
    CHECK(ramp.find(c) >= before);
    before = ramp.find(c);
  }
  CHECK((line.front() == ' ' && line.back() == '@'));
}

TEST_CASE("scores are shown best first, with bars as long as they are, and the best is marked", "[record]") {
  const Strings classes{"cat", "dog", "albatross"};
  CHECK(score_bars(classes, std::vector<double>{0.25, 0.0, 0.75}, 10, ascii) == Strings{"> albatross  ###############       75.0 %",
                                                                                        "  cat        #####                 25.0 %",
                                                                                        "  dog                               0.0 %"});
  CHECK(score_bars(classes, std::vector<double>{0.25, 0.0, 0.75}, 1, unicode) == Strings{"> albatross  ███████████████       75.0 %"});
  CHECK(score_bars(classes, std::vector<double>{1, 0, 0}, 1, unicode) == Strings{"> cat  ████████████████████ 100.0 %"});
  CHECK(score_bars(classes, std::vector<double>{0.5 / 20, 0, 0}, 1, unicode) == Strings{"> cat  ▌                      2.5 %"});
  CHECK_THROWS_AS(score_bars(classes, std::vector<double>{1, 0}, 10, ascii), Error);
}

TEST_CASE("names of classes cannot break the table, whatever a user calls them", "[record]") {
  const Strings classes{"a\033[2Jb", "very, very long name of a class", "Grün"};
  for (const TextStyle style : {ascii, unicode, colours}) {
    const Strings lines = score_bars(classes, std::vector<double>{0.5, 0.25, 0.25}, 10, style);
    for (const std::string& line : lines) {
      CHECK(columns_of(line) == columns_of(lines[0]));
      CHECK(line.find("\033[2J") == std::string::npos);
    }
  }
}

TEST_CASE("blocks of lines of different height stand beside each other", "[record]") {
  CHECK(beside(Strings{"ab", "█"}, 3, Strings{"x", "y", "z"}) == "ab   x\n█    y\n     z\n");
  CHECK(beside(Strings{"ab", "cd"}, 2, Strings{"x"}) == "ab  x\ncd\n");
  CHECK(beside(Strings{}, 2, Strings{}).empty());
}
