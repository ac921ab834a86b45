#include "client.hpp"

#include <curl/curl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <ctime>

#include "address.hpp"
#include "base/text.hpp"

namespace retrain::http {
namespace {

constexpr std::string_view refused_mark = "cannot connect to ";

/// libcurl writes to sockets that the other side may have closed; the host's process must not get the signal.
class NoBrokenPipe {
 public:
  NoBrokenPipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  NoBrokenPipe(const NoBrokenPipe&) = delete;
  NoBrokenPipe& operator=(const NoBrokenPipe&) = delete;
  ~NoBrokenPipe() {
    const timespec at_once{};
    if (!was_pending_) static_cast<void>(::sigtimedwait(&pipe_, nullptr, &at_once));
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_, before_;
  bool was_pending_ = false;
};

/// What the callbacks of one transfer share.
struct Transfer {
  Reach reach = Reach::anywhere;
  std::size_t most_reply = 0;
  std::string refused_address;
  bool too_long = false;
  std::size_t head_bytes = 0;
  Response response;
};

curl_socket_t open_socket(void* context, curlsocktype, curl_sockaddr* address) {
  auto& transfer = *static_cast<Transfer*>(context);
  const AddressKind kind = kind_of(address->addr);
  const bool allowed = transfer.reach == Reach::anywhere ||
                       (transfer.reach == Reach::public_only && kind == AddressKind::global) ||
                       (transfer.reach == Reach::this_machine && kind == AddressKind::loopback);
  if (!allowed) {
    transfer.refused_address = text_of(address->addr);
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

std::size_t take_body(char* bytes, std::size_t one, std::size_t count, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  if (transfer.response.body.size() + one * count > transfer.most_reply) {
    transfer.too_long = true;
    return 0;
  }
  transfer.response.body.append(bytes, one * count);
  return one * count;
}

std::size_t take_header(char* bytes, std::size_t one, std::size_t count, void* context) {
  auto& transfer = *static_cast<Transfer*>(context);
  constexpr std::size_t most_head = 64U << 10U;
  transfer.head_bytes += one * count;
  if (transfer.head_bytes > most_head) {
    transfer.too_long = true;
    return 0;
  }
  const std::string_view line(bytes, one * count);
  const auto colon = line.find(':');
  if (colon != std::string_view::npos) {
    transfer.response.headers[base::lower(base::trim(line.substr(0, colon)))] = std::string(base::trim(line.substr(colon + 1)));
  }
  return one * count;
}

struct FreeHandle {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
struct FreeUrl {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

long milliseconds(Duration duration) {
  return std::max<long>(1, static_cast<long>(duration.count() / 1000));
}

Status failure_of(CURLcode code, const std::string& host, const Transfer& transfer) {
  if (!transfer.refused_address.empty()) {
    const char* why = transfer.reach == Reach::this_machine ? ", which is not this machine" : ", which is a private address";
    return {StatusCode::invalid_argument, host + " is at " + transfer.refused_address + why};
  }
  if (transfer.too_long) {
    return {StatusCode::unavailable, "the answer of " + host + " is over " + std::to_string(transfer.most_reply) + " bytes"};
  }
  if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST) {
    return {StatusCode::unavailable, std::string(refused_mark) + host + ": " + curl_easy_strerror(code)};
  }
  if (code == CURLE_PEER_FAILED_VERIFICATION) {
    return {StatusCode::unavailable, "the certificate of " + host + " is not one that is trusted, or is for another name"};
  }
  if (code == CURLE_SSL_CACERT_BADFILE) {
    return {StatusCode::unavailable, "the file of trusted certificates for " + host + " cannot be read or holds none"};
  }
  // curl's own words hold no part of the request.
  return {StatusCode::unavailable, "no answer from " + host + ": " + curl_easy_strerror(code)};
}

}  // namespace

Result<Response> send(const Request& request) {
  const auto url = parse_url(request.url);
  if (!url) return url.status();
  const std::string host = url->host + (url->port.empty() ? "" : ":" + url->port);
  const NoBrokenPipe guard;
  const std::unique_ptr<CURL, FreeHandle> owned(curl_easy_init());
  CURL* curl = owned.get();
  if (curl == nullptr) return Status{StatusCode::internal, "libcurl cannot be initialized"};

  Transfer transfer;
  transfer.reach = request.reach;
  transfer.most_reply = request.most_reply;
  std::unique_ptr<curl_slist, FreeList> headers;
  const auto add_header = [&](const std::string& line) { headers.reset(curl_slist_append(headers.release(), line.c_str())); };
  // Without this curl waits for a go-ahead before it sends a larger body.
  add_header("Expect:");
  for (const auto& [name, value] : request.headers) add_header(name + ": " + value);

  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_PROXY, "");
  curl_easy_setopt(curl, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!request.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, request.ca_file.c_str());
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request.connect_timeout));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, milliseconds(request.timeout));
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
  if (request.method != "GET") {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }

  const CURLcode code = curl_easy_perform(curl);
  if (code != CURLE_OK) return failure_of(code, host, transfer);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  transfer.response.status = static_cast<int>(status);
  return std::move(transfer.response);
}

bool was_refused(const Status& failure) {
  return failure.code() == StatusCode::invalid_argument || failure.message().starts_with(refused_mark);
}

Result<Url> parse_url(const std::string& text) {
  const std::unique_ptr<CURLU, FreeUrl> parsed(curl_url());
  const Status wrong{StatusCode::invalid_argument, "the address is no http or https URL"};
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return wrong;
  const auto part = [&](CURLUPart which) {
    char* value = nullptr;
    if (curl_url_get(parsed.get(), which, &value, 0) != CURLUE_OK) return std::string();
    std::string out(value);
    curl_free(value);
    return out;
  };
  Url url{part(CURLUPART_SCHEME), base::lower(part(CURLUPART_HOST)),
          part(CURLUPART_PORT),   part(CURLUPART_PATH),
          part(CURLUPART_QUERY),  !part(CURLUPART_USER).empty() || !part(CURLUPART_PASSWORD).empty()};
  if ((url.scheme != "http" && url.scheme != "https") || url.host.empty()) return wrong;
  return url;
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const unsigned char c : text) {
    if (std::isalnum(c) != 0 || c == '-' || c == '.' || c == '_' || c == '~') {
      out += static_cast<char>(c);
    } else {
      out += {'%', "0123456789ABCDEF"[c >> 4U], "0123456789ABCDEF"[c & 15U]};
    }
  }
  return out;
}

std::optional<Duration> retry_after(const Response& response, Time now) {
  const auto header = response.headers.find("retry-after");
  if (header == response.headers.end()) return std::nullopt;
  if (const auto seconds = base::parse_integer(header->second)) {
    if (*seconds < 0 || *seconds > 86'400LL * 366) return std::nullopt;
    return std::chrono::seconds(*seconds);
  }
  const std::time_t date = curl_getdate(header->second.c_str(), nullptr);
  if (date < 0) return std::nullopt;
  return std::max(Duration{}, Time(std::chrono::seconds(date)) - now);
}

}  // namespace retrain::http
