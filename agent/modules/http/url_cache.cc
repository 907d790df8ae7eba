#include "agent/modules/http/url_cache.h"

#include <functional>
#include <utility>

namespace loadctl::modules::http {

Result<std::shared_ptr<const KnownUrl>> UrlCache::Find(std::string_view text) {
  auto& place = places_[std::hash<std::string_view>()(text) % kPlaces];
  if (place && place->given == text) return place;
  LOADCTL_TRY(net::Url url, net::ParseUrl(text));
  auto known = std::make_shared<KnownUrl>();
  known->given = text;
  known->text = url.ToString();
  known->respelt = known->text != known->given;
  known->masked = url.Masked();
  known->url = std::move(url);
  place = std::move(known);
  return place;
}

}  // namespace loadctl::modules::http
