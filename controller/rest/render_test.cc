#include "controller/rest/render.h"

#include <gtest/gtest.h>

#include "controller/summary/from_text.h"

namespace loadctl::rest {
namespace {

summary::Summary Sample() {
  return summary::FromText<summary::Summary>(R"pb(
    metrics {
      name: "iterations"
      counter { count: 3 rate: 1.5 }
      has_samples: true
      thresholds { source: "count>5" aggregate: "count" value: 3 judged: true }
    }
    metrics {
      name: "http_req_duration{status:200}"
      contains: TIME
      has_samples: true
      trend {
        stats { name: "p(90)" value: 2 }
        stats { name: "avg" value: 0.5 }
      }
    }
    metrics {
      name: "checks"
      rate {}
      thresholds { source: "rate>0" aggregate: "rate" ok: true judged: true }
    }
    metrics {
      name: "unseen"
      rate {}
    }
    groups { id: "r" }
    groups {
      name: "g"
      path: "::g"
      id: "1"
      checks { name: 'c "x"' path: '::g::c "x"' id: "2" passes: 3 fails: 4 }
    }
  )pb");
}

TEST(Render, MetricsHaveK6sFields) {
  EXPECT_EQ(
      MetricsResponse(Sample(), true).body,
      R"j({"data":[{"type":"metrics","id":"iterations","attributes":{"type":"counter","contains":)j"
      R"j("default","tainted":true,"sample":{"count":3,"rate":1.5}}},{"type":"metrics","id":)j"
      R"j("http_req_duration{status:200}","attributes":{"type":"trend","contains":"time",)j"
      R"j("tainted":null,"sample":{"avg":0.5,"p(90)":2}}},{"type":"metrics","id":"checks",)j"
      R"j("attributes":{"type":"rate","contains":"default","tainted":null,"sample":{"rate":0}}}]})j");
}

TEST(Render, NothingIsTaintedBeforeTheFirstJudgement) {
  EXPECT_NE(MetricResponse(Sample(), false, "iterations").body.find("\"tainted\":null"),
            std::string::npos);
}

TEST(Render, UnknownIdsAre404) {
  EXPECT_EQ(MetricResponse(Sample(), true, "unseen").status, 404);
  EXPECT_EQ(GroupResponse(Sample(), "x").status, 404);
  EXPECT_EQ(GroupResponse(Sample(), "x").body,
            R"({"errors":[{"status":"404","title":"Not Found","detail":"No group with that ID was )"
            R"(found"}]})");
}

TEST(Render, GroupsAreAFlatList) {
  EXPECT_EQ(
      GroupsResponse(Sample()).body,
      R"({"data":[{"type":"groups","id":"r","attributes":{"path":"","name":"","checks":null},)"
      R"("relationships":{"groups":{"data":[{"type":"groups","id":"1"}]},"parent":{"data":null}}},)"
      R"({"type":"groups","id":"1","attributes":{"path":"::g","name":"g","checks":[{"id":"2",)"
      R"("path":"::g::c \"x\"","name":"c \"x\"","passes":3,"fails":4}]},"relationships":)"
      R"({"groups":{"data":[]},"parent":{"data":{"type":"groups","id":"r"}}}}]})");
}

TEST(Render, StatusAndSetupData) {
  EXPECT_EQ(StatusResponse({7, false, 1, 10, false, true, false}).body,
            R"({"data":{"type":"status","id":"default","attributes":{"status":7,"paused":false,)"
            R"("vus":1,"vus-max":10,"stopped":false,"running":true,"tainted":false}}})");
  EXPECT_EQ(SetupDataResponse(std::nullopt).body,
            R"({"data":{"type":"setupData","id":"default","attributes":{}}})");
  EXPECT_EQ(SetupDataResponse(R"({"a":1})").body,
            R"({"data":{"type":"setupData","id":"default","attributes":{"data":{"a":1}}}})");
}

}  // namespace
}  // namespace loadctl::rest
