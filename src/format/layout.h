// A text being laid out: its tokens in the order in which they will be printed, each with the
// comments that stand at it, and a tree that says where lines may break.  In the manner of Wadler's
// "A prettier printer": a group stands on one line where it fits and breaks its lines where not.
//
// Build the tree bottom up, tokens in the order of the text; place comments on tokens; Print once.
// Thread-compatible.

#ifndef PQL_FORMAT_LAYOUT_H_
#define PQL_FORMAT_LAYOUT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "diagnostics/source.h"

namespace pql {

struct PlacedComment {
  std::string_view text;      // from `#`, without trailing space; lives in the source
  bool blank_before = false;  // an empty line stood in front of it
};

// One token of the formatted text.
struct LayoutToken {
  std::string text;  // empty for a place that only comments can stand at
  int width = 0;     // in columns of a terminal

  // How the token is found again in the source.  Tokens of one unit stand there in the same order
  // with nothing of another unit between them.
  SourceRange range;  // empty where the tree doesn't say
  int unit = 0;
  std::string_view alternative;  // how it may be spelled in the source besides `text`
  bool any_literal = false;      // whether any literal of the source will do

  bool glued = false;        // never first on its line: a comment in front of it moves behind it
  bool closes = false;       // comments in front of it belong to the token before, which is empty
  bool starts_line = false;  // an empty line in front of it is kept ...
  bool first_in_block = false;  // ... unless nothing stands above it

  std::vector<PlacedComment> leading;  // on lines of their own
  std::string_view trailing;           // on the same line
  bool blank_before = false;           // an empty line stood between it and what was before it
};

class Layout {
 public:
  using Doc = uint32_t;

  // Begins a unit of tokens (see LayoutToken).
  void BeginUnit() { ++unit_; }

  Doc Token(std::string text, SourceRange range = {});
  Doc Glued(std::string text);  // `,`, `{`: on the line of what precedes it
  Doc Closing(std::string text, SourceRange range = {});  // REQUIRES: a Hole() just before
  Doc Hole();                                             // where only comments can stand
  Doc Words(std::string_view words);                      // tokens with a space between
  Doc Space(int columns = 1);
  Doc Line();      // a space, or a line break where the group breaks
  Doc SoftLine();  // nothing, or a line break where the group breaks
  Doc HardLine();  // always a line break
  Doc Concat(std::vector<Doc> parts);
  Doc Indent(int columns, Doc content);
  Doc Group(Doc content);
  // A space and the content; where a comment stands between, a line break and a further indent.
  Doc Hug(Doc content);
  // As many parts to a line as fit, a space between.
  Doc Fill(std::vector<Doc> parts);

  std::vector<LayoutToken>& tokens() { return tokens_; }
  // The most recent token.
  LayoutToken& last() { return tokens_.back(); }

  // The text, without a line end behind its last line.
  std::string Print(Doc root, int width);

 private:
  friend class LayoutPrinter;
  enum class Kind : uint8_t {
    kToken,
    kSpace,
    kLine,
    kSoftLine,
    kHardLine,
    kConcat,
    kIndent,
    kGroup,
    kHug,
    kFill
  };
  struct Node {
    Kind kind;
    int value = 0;  // the token, or a number of columns
    std::vector<Doc> parts = {};
    // Set by PropagateBreaks.
    bool empty = false;          // holds no token at all
    bool comment_first = false;  // a comment stands in front of its first token
    bool comment_last = false;   // a comment stands behind its last token
    bool breaks = false;         // cannot stand on one line
  };

  Doc Add(Node node);
  // A comment within a group breaks it.
  void PropagateBreaks();

  std::vector<LayoutToken> tokens_;
  std::vector<Node> nodes_;  // parts before the whole
  int unit_ = 0;
};

}  // namespace pql

#endif  // PQL_FORMAT_LAYOUT_H_
