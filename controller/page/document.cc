#include "controller/page/document.h"

#include <openssl/evp.h>

#include <array>
#include <utility>

#include "controller/page/script.h"
#include "controller/page/style.h"

namespace loadctl::page {
namespace {

/// What a browser compares inline text with (Content Security Policy, `sha256-...`).
std::string HashOf(std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
  std::array<unsigned char, 4 * EVP_MAX_MD_SIZE / 3 + 4> base64{};
  const int length = EVP_EncodeBlock(base64.data(), digest.data(), static_cast<int>(size));
  return "'sha256-" + std::string(base64.begin(), base64.begin() + length) + "'";
}

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// Nothing but `script` runs, whatever a script under test can name. `head`: further elements.
std::string Document(std::string_view title, const std::string& head, const std::string& body,
                     std::string_view script) {
  std::string out = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  out += "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src " +
         (script.empty() ? std::string("'none'") : HashOf(script)) + "; style-src " +
         HashOf(kStyle) +
         "; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'\">\n";
  out += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n" + head;
  out += "<link rel=\"icon\" href=\"data:,\">\n<title>" + Escaped(title) + "</title>\n<style>";
  out += kStyle;
  out += "</style>\n</head>\n<body>\n" + body;
  if (!script.empty()) out.append("<script>").append(script).append("</script>\n");
  return out + "</body>\n</html>\n";
}

constexpr std::string_view kNoScript = "<noscript>This page needs JavaScript.</noscript>\n";

std::string Inside(const Cell& cell) {
  constexpr std::pair<Cell::Tone, const char*> kTones[] = {{Cell::Tone::kRunning, "run"},
                                                           {Cell::Tone::kGood, "good"},
                                                           {Cell::Tone::kBad, "bad"},
                                                           {Cell::Tone::kWaiting, "wait"}};
  const std::string text = Escaped(cell.text);
  if (!cell.link.empty()) return "<a href=\"" + Escaped(cell.link) + "\">" + text + "</a>";
  for (const auto& [tone, name] : kTones)
    if (tone == cell.tone)
      return "<span class=\"badge " + std::string(name) + "\">" + text + "</span>";
  return text;
}

/// An element of a row.
std::string Element(const char* name, const char* scope, bool number, const std::string& inside) {
  return std::string("<") + name + scope + (number ? " class=\"number\">" : ">") + inside + "</" +
         name + ">";
}

}  // namespace

// The writer of a snapshot has escaped `<`, so that no text in it ends the element.
std::string Report(const std::string& snapshot) {
  std::string body(kNoScript);
  body.append("<script type=\"application/json\" id=\"data\">").append(snapshot);
  body.append("</script>\n");
  return Document("loadctl", "", body, kScript);
}

std::string Live(const Offers& offers) {
  std::string head;
  if (!offers.runs.empty())
    head += "<meta name=\"runs\" content=\"" + Escaped(offers.runs) + "\">\n";
  if (offers.control) head += "<meta name=\"control\" content=\"control\">\n";
  return Document("loadctl", head, std::string(kNoScript), kScript);
}

std::string Page(const TablePage& page) {
  std::string body = "<header><div class=\"bar\"><h1>" + Escaped(page.title) +
                     "</h1></div><div class=\"state\">" + Inside(page.state) +
                     "</div></header>\n<main>\n";
  if (page.rows.empty()) {
    body += "<p class=\"none\">None yet.</p>\n";
  } else {
    body += "<div class=\"scroll\" tabindex=\"0\"><table><caption class=\"hidden\">" +
            Escaped(page.title) + "</caption><thead><tr>";
    for (const Head& head : page.heads)
      body += Element("th", " scope=\"col\"", head.number, Escaped(head.text));
    body += "</tr></thead><tbody>\n";
    for (const auto& row : page.rows) {
      body += "<tr>";
      for (std::size_t i = 0; i < row.size(); ++i)
        body += Element("td", "", i < page.heads.size() && page.heads[i].number, Inside(row[i]));
      body += "</tr>\n";
    }
    body += "</tbody></table></div>\n";
  }
  if (!page.note.empty()) body += "<p class=\"none\">" + Escaped(page.note) + "</p>\n";
  if (page.compared.empty()) return Document(page.title, "", body + "</main>\n", "");
  body += "<h2>Over time</h2>\n<div class=\"charts\" id=\"charts\">" + std::string(kNoScript) +
          "</div>\n</main>\n<script type=\"application/json\" id=\"compared\">" + page.compared +
          "</script>\n";
  return Document(page.title, "", body, kScript);
}

}  // namespace loadctl::page
