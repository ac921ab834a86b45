// HTTP: one request, one answer, over libcurl, with every liberty taken away: no redirects, no proxies or credentials from the
// environment, no other protocol, a limit for everything.
#pragma once

#include <map>
#include <optional>
#include <retrain/status.hpp>
#include <retrain/time.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace retrain::http {

/// Which addresses a connection may go to. What is checked is the address that is connected to, not what a name said before.
enum class Reach { anywhere, public_only, this_machine };

struct Request {
  std::string method = "GET";  ///< GET, POST, PUT, PATCH or DELETE
  std::string url;             ///< http or https; may be a secret
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  Duration connect_timeout = std::chrono::seconds(5);
  Duration timeout = std::chrono::seconds(20);
  std::size_t most_reply = 64U << 10U;  ///< a longer answer is cut off and is a failure
  Reach reach = Reach::anywhere;
  std::string ca_file;  ///< certificates to trust instead of the system's; empty = the system's
};

struct Response {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case; the last of a kind counts
  std::string body;
};

/// Fails with unavailable when no whole answer came (name, connection, time, TLS, an answer that is too long) and with
/// invalid_argument for a URL that is none or an address out of reach. Messages name the host, never the rest of the URL.
/// Threads: any.
Result<Response> send(const Request& request);

/// Whether the request certainly never reached a server.
bool was_refused(const Status& failure);

struct Url {
  std::string scheme, host, port, path, query;
  bool has_user = false;
};
/// Fails with invalid_argument; the message does not hold the text, which may be a secret.
Result<Url> parse_url(const std::string& text);

/// `text` for a path segment or a query value.
std::string percent_encoded(std::string_view text);

/// What a Retry-After header asks for, at `now`: seconds or an HTTP date. nullopt = neither.
std::optional<Duration> retry_after(const Response& response, Time now);

}  // namespace retrain::http
