#include "format/layout.h"

#include <utility>

#include "base/unicode.h"

namespace pql {
namespace {

constexpr int kHugIndent = 2;

}  // namespace

Layout::Doc Layout::Add(Node node) {
  nodes_.push_back(std::move(node));
  return static_cast<Doc>(nodes_.size() - 1);
}

Layout::Doc Layout::Token(std::string text, SourceRange range) {
  LayoutToken token;
  token.width = DisplayWidth(text);
  token.text = std::move(text);
  token.range = range;
  token.unit = unit_;
  tokens_.push_back(std::move(token));
  return Add({Kind::kToken, static_cast<int>(tokens_.size() - 1)});
}

Layout::Doc Layout::Glued(std::string text) {
  const Doc doc = Token(std::move(text));
  last().glued = true;
  return doc;
}

Layout::Doc Layout::Closing(std::string text, SourceRange range) {
  const Doc doc = Token(std::move(text), range);
  last().closes = true;
  return doc;
}

Layout::Doc Layout::Hole() { return Token(""); }

Layout::Doc Layout::Words(std::string_view words) {
  std::vector<Doc> parts;
  while (true) {
    const size_t space = words.find(' ');
    parts.push_back(Token(std::string(words.substr(0, space))));
    if (space == std::string_view::npos) break;
    parts.push_back(Space());
    words.remove_prefix(space + 1);
  }
  return parts.size() == 1 ? parts.front() : Concat(std::move(parts));
}

Layout::Doc Layout::Space(int columns) { return Add({Kind::kSpace, columns}); }
Layout::Doc Layout::Line() { return Add({Kind::kLine}); }
Layout::Doc Layout::SoftLine() { return Add({Kind::kSoftLine}); }
Layout::Doc Layout::HardLine() { return Add({Kind::kHardLine}); }
Layout::Doc Layout::Concat(std::vector<Doc> parts) {
  return Add({Kind::kConcat, 0, std::move(parts)});
}
Layout::Doc Layout::Indent(int columns, Doc content) {
  return Add({Kind::kIndent, columns, {content}});
}
Layout::Doc Layout::Group(Doc content) { return Add({Kind::kGroup, 0, {content}}); }
Layout::Doc Layout::Hug(Doc content) { return Add({Kind::kHug, 0, {content}}); }
Layout::Doc Layout::Fill(std::vector<Doc> parts) { return Add({Kind::kFill, 0, std::move(parts)}); }

void Layout::PropagateBreaks() {
  for (Node& node : nodes_) {
    if (node.kind == Kind::kToken) {
      const LayoutToken& token = tokens_[static_cast<size_t>(node.value)];
      node.empty = token.text.empty() && token.leading.empty();
      node.comment_first = !token.leading.empty();
      node.comment_last = !token.trailing.empty() || (token.text.empty() && !node.empty);
      continue;
    }
    node.empty = true;
    node.breaks = node.kind == Kind::kHardLine;
    bool comment_before = false;
    for (const Doc part : node.parts) {
      const Node& child = nodes_[part];
      node.breaks |= child.breaks;
      if (child.empty) continue;
      if (node.empty) {
        node.comment_first = child.comment_first;
      } else {
        node.breaks |= comment_before || child.comment_first;
      }
      node.empty = false;
      comment_before = child.comment_last;
    }
    node.comment_last = comment_before;
  }
}

// Prints one layout.  Spaces are written only when something follows them on their line.
class LayoutPrinter {
 public:
  LayoutPrinter(const Layout& layout, int width) : layout_(layout), width_(width) {}

  std::string Print(Layout::Doc root) {
    stack_.push_back({root, 0, false, 0});
    while (!stack_.empty()) {
      const Frame frame = stack_.back();
      stack_.pop_back();
      PrintFrame(frame);
    }
    return std::move(out_);
  }

 private:
  using Kind = Layout::Kind;
  struct Frame {
    Layout::Doc doc;
    int indent;
    bool flat;
    size_t next;  // of a kFill: the part that comes next
  };

  const Layout::Node& NodeOf(Layout::Doc doc) const { return layout_.nodes_[doc]; }
  const LayoutToken& TokenOf(const Layout::Node& node) const {
    return layout_.tokens_[static_cast<size_t>(node.value)];
  }

  void PrintFrame(const Frame& frame) {
    const Layout::Node& node = NodeOf(frame.doc);
    switch (node.kind) {
      case Kind::kToken:
        PrintToken(TokenOf(node), frame.indent);
        break;
      case Kind::kSpace:
        pending_ += node.value;
        break;
      case Kind::kLine:
        if (frame.flat && !comment_open_) {
          ++pending_;
        } else {
          BreakLine(frame.indent);
        }
        break;
      case Kind::kSoftLine:
        if (!frame.flat) BreakLine(frame.indent);
        break;
      case Kind::kHardLine:
        BreakLine(frame.indent);
        break;
      case Kind::kConcat:
        Push(node, frame.indent, frame.flat);
        break;
      case Kind::kIndent:
        Push(node, frame.indent + node.value, frame.flat);
        break;
      case Kind::kGroup: {
        const Frame content = {node.parts.front(), frame.indent, true, 0};
        const bool flat = frame.flat || (!node.breaks && Fits(content, /*with_rest=*/true));
        stack_.push_back({content.doc, frame.indent, flat, 0});
        break;
      }
      case Kind::kHug:
        PrintHug(node, frame);
        break;
      case Kind::kFill:
        PrintFill(node, frame);
        break;
    }
  }

  void Push(const Layout::Node& node, int indent, bool flat) {
    for (size_t i = node.parts.size(); i-- > 0;) stack_.push_back({node.parts[i], indent, flat, 0});
  }

  void PrintHug(const Layout::Node& node, const Frame& frame) {
    const Layout::Doc content = node.parts.front();
    int indent = frame.indent;
    if (comment_open_ || NodeOf(content).comment_first) {
      indent += kHugIndent;
      BreakLine(indent);
    } else {
      ++pending_;
    }
    stack_.push_back({content, indent, frame.flat, 0});
  }

  void PrintFill(const Layout::Node& node, const Frame& frame) {
    if (frame.next >= node.parts.size()) return;
    const Frame part = {node.parts[frame.next], frame.indent, true, 0};
    const Layout::Node& content = NodeOf(part.doc);
    if (frame.next > 0) {
      ++pending_;
      const bool stays = frame.flat || (!content.breaks && Fits(part, /*with_rest=*/false));
      if (!stays || comment_open_ || content.comment_first) BreakLine(frame.indent);
    }
    stack_.push_back({frame.doc, frame.indent, frame.flat, frame.next + 1});
    const bool flat = frame.flat || (!content.breaks && Fits(part, /*with_rest=*/false));
    stack_.push_back({part.doc, frame.indent, flat, 0});
  }

  // Whether `content`, on one line, fits up to where the line can end: at its own end or, with
  // what follows it, at the next line break there.
  bool Fits(const Frame& content, bool with_rest) const {
    int room = width_ - (comment_open_ ? content.indent : column_ + pending_);
    bool first = true;
    std::vector<Frame> todo = {content};
    size_t rest = with_rest ? stack_.size() : 0;
    while (room >= 0) {
      if (todo.empty()) {
        if (rest == 0) return true;
        todo.push_back(stack_[--rest]);
      }
      const Frame frame = todo.back();
      todo.pop_back();
      const Layout::Node& node = NodeOf(frame.doc);
      switch (node.kind) {
        case Kind::kToken: {
          const LayoutToken& token = TokenOf(node);
          if (!token.leading.empty()) {
            if (!first) return true;
            room = width_ - content.indent;
          }
          if (!token.text.empty()) first = false;
          room -= token.width;
          if (!token.trailing.empty()) return room >= 0;
          break;
        }
        case Kind::kSpace:
          room -= node.value;
          break;
        case Kind::kLine:
          if (!frame.flat) return true;
          --room;
          break;
        case Kind::kSoftLine:
          if (!frame.flat) return true;
          break;
        case Kind::kHardLine:
          return true;
        case Kind::kFill:
          if (frame.next > 0 && !frame.flat) return true;
          for (size_t i = node.parts.size(); i-- > frame.next;) {
            if (i > 0) --room;
            todo.push_back({node.parts[i], 0, frame.flat, 0});
          }
          break;
        case Kind::kHug:
          --room;
          [[fallthrough]];
        case Kind::kConcat:
        case Kind::kIndent:
        case Kind::kGroup:
          for (size_t i = node.parts.size(); i-- > 0;) {
            todo.push_back({node.parts[i], 0, frame.flat && !node.breaks, 0});
          }
          break;
      }
    }
    return false;
  }

  void PrintToken(const LayoutToken& token, int indent) {
    bool first = token.first_in_block;
    for (const PlacedComment& comment : token.leading) {
      BreakLine(indent);
      if (comment.blank_before && token.starts_line && !first) out_ += '\n';
      first = false;
      Write(comment.text, 0);
      comment_open_ = true;
    }
    if (token.text.empty()) return;
    if (comment_open_) BreakLine(indent);
    if (token.blank_before && token.starts_line && !first) out_ += '\n';
    Write(token.text, token.width);
    if (!token.trailing.empty()) {
      pending_ = 2;
      Write(token.trailing, 0);
      comment_open_ = true;
    }
  }

  // To the beginning of a line, the next one unless nothing stands on this one.
  void BreakLine(int indent) {
    if (line_used_) out_ += '\n';
    line_used_ = false;
    column_ = 0;
    pending_ = indent;
    comment_open_ = false;
  }

  void Write(std::string_view text, int width) {
    out_.append(static_cast<size_t>(pending_), ' ');
    out_.append(text);
    column_ += pending_ + width;
    pending_ = 0;
    line_used_ = true;
  }

  const Layout& layout_;
  const int width_;
  std::vector<Frame> stack_;
  std::string out_;
  bool line_used_ = false;     // something was written on this line
  int column_ = 0;             // columns written on it
  int pending_ = 0;            // spaces to write before the next text
  bool comment_open_ = false;  // a comment was written last: what follows needs a new line
};

std::string Layout::Print(Doc root, int width) {
  PropagateBreaks();
  return LayoutPrinter(*this, width).Print(root);
}

}  // namespace pql
