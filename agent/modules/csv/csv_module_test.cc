// k6/experimental/fs, csv and streams: what scripts see of them, and what VUs share.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "agent/modules/registry.h"
#include "agent/vu/vu_test_world.h"

namespace loadctl::modules {
namespace {

/// A world whose iterations throw what `expression` gives, as JSON. `init` is init code.
struct FilesWorld : vu::World {
  FilesWorld(const std::string& init, const std::string& expression)
      : World(
            "import csv from 'k6/experimental/csv'; import fs from 'k6/experimental/fs';"
            "import { ReadableStream, WritableStream } from 'k6/experimental/streams';"
            "const why = async (f) => { try { return await f(); } catch (e) { return `${e.name}: "
            "${e.message}`; } };" +
            init + "export default async function () { throw JSON.stringify(await (async () => " +
            expression + ")()); }") {
    files["file:///rows.csv"] = "name,note\nAda,\"a, b\"\nAlan,\n";
    files["file:///bad.csv"] = "a,b\n1\n";
    program.modules.erase(program.modules.begin());  // the empty globals
    for (auto& module : AllModules()) program.modules.push_back(std::move(module));
  }
  std::string Shown(vu::Vu& vu) {
    std::string error = Iterate(vu).error;
    constexpr std::string_view kPrefix = "Uncaught (in promise) ";
    if (error.starts_with(kPrefix)) error.erase(0, kPrefix.size());
    return error.substr(0, error.find('\n'));
  }
};

std::string Of(const std::string& init, const std::string& expression) {
  FilesWorld world(init, expression);
  return world.Shown(world.Ready());
}

TEST(Files, AreReadInPieces) {
  EXPECT_EQ(Of("const f = await fs.open('rows.csv');",
               "{ const b = new Uint8Array(4); return [await f.stat(), await f.read(b), "
               "String.fromCharCode(...b), await f.seek(-2, fs.SeekMode.End), await f.read(b), "
               "await f.read(b), await why(() => f.seek(-1, fs.SeekMode.Start)), f.path]; }"),
            "[{\"name\":\"rows.csv\",\"size\":27},4,\"name\",24,3,null,\"TypeError: offset cannot "
            "be negative when using SeekModeStart\",\"/rows.csv\"]");
  EXPECT_EQ(Of("const gone = await why(() => fs.open('./none'));",
               "[gone, await why(() => fs.open('rows.csv'))]"),
            "[\"NotFoundError: no such file or directory \\\"./none\\\"\",\"ForbiddenError: open() "
            "failed; reason: opening a file is allowed only in the Init context\"]");
}

TEST(CsvModule, RowsAreSharedByVus) {
  FilesWorld world("const rows = await csv.parse(await fs.open('rows.csv'), { asObjects: true });",
                   "[rows.length, rows[1], rows[0].note]");
  const std::string all = R"([2,{"name":"Alan","note":""},"a, b"])";
  EXPECT_EQ(world.Shown(world.Ready()), all);
  EXPECT_EQ(world.Shown(world.Ready()), all);
  EXPECT_EQ(world.program.shared.size(), 1u);
}

TEST(CsvModule, AParserGivesRowAfterRow) {
  EXPECT_EQ(Of("const p = new csv.Parser(await fs.open('rows.csv'), { skipFirstLine: true });",
               "[await p.next(), await p.next(), await p.next()]"),
            R"([{"done":false,"value":["Ada","a, b"]},{"done":false,"value":["Alan",""]},)"
            R"({"done":true,"value":[]}])");
  EXPECT_EQ(Of("const bad = await why(async () => csv.parse(await fs.open('bad.csv')));"
               "const wide = await why(async () => csv.parse(await fs.open('bad.csv'), { delimiter:"
               " 'ab' })); const none = await why(async () => csv.parse({}));",
               "[bad, wide, none]"),
            "[\"GoError: failed to read record; reason: record on line 2: wrong number of "
            "fields\",\"GoError: failed to create a "
            "new parser; reason: delimiter must be a single character\",\"GoError: first argument "
            "expected to be a fs.File instance\"]");
}

TEST(Streams, AreReadAndWritten) {
  EXPECT_EQ(Of("",
               "{ const r = new ReadableStream({ start(c) { c.enqueue(1); c.close(); } })"
               ".getReader(); const out = []; const w = new WritableStream({ write(c) { "
               "out.push(c); } }).getWriter(); for (let s = await r.read(); !s.done; s = await "
               "r.read()) await w.write(s.value); await w.close(); return [out, await "
               "why(() => w.write(2))]; }"),
            "[[1],\"TypeError: the stream is closing or closed\"]");
}

}  // namespace
}  // namespace loadctl::modules
