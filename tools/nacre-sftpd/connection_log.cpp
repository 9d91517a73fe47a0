#include "connection_log.hpp"

#include "certificate_files.hpp"

#include <nacre/keys/public_key.hpp>

#include <array>
#include <cstdio>

namespace nacre::sftpd {

namespace {

std::string_view result_of(AuthDecision::Verdict verdict) {
    switch (verdict) {
        case AuthDecision::Verdict::failure:
            return "refused";
        case AuthDecision::Verdict::success:
            return "accepted";
        case AuthDecision::Verdict::partial:
            return "accepted, another method is needed too";
        case AuthDecision::Verdict::change_password:
            return "password expired";
    }
    return "refused";
}

std::string direction(const std::string& in, const std::string& out) {
    return in == out ? in : in + "/" + out;
}

std::string with_detail(const char* what, std::uint32_t detail) {
    std::string text = what;
    if (detail != 0) text += " (" + std::to_string(detail) + ")";
    return text;
}

class SftpLog final : public nacre::sftp::ServerObserver {
  public:
    explicit SftpLog(std::shared_ptr<ConnectionLog> log) : log_(std::move(log)) {}

    void on_version(std::uint32_t client, std::uint32_t negotiated) override {
        log_->line(LogLevel::debug, "sftp version " + std::to_string(negotiated) + ", client has " +
                                        std::to_string(client));
    }
    void on_close_file(std::string_view path, std::uint64_t bytes_read, std::uint64_t bytes_written,
                       sftp::HandleEnd why) override {
        log_->line(LogLevel::debug, "sftp closed '" + escaped(path) + "', " +
                                        std::to_string(bytes_read) + " bytes read, " +
                                        std::to_string(bytes_written) + " written" +
                                        (why == sftp::HandleEnd::closed ? "" : ", left open"));
    }
    void on_lost(std::string_view path, const Error& error) override {
        log_->line(LogLevel::warning, "sftp could not keep what was written to '" + escaped(path) +
                                          "', left open: " + error.what);
    }
    void on_end(const Error& error) override {
        if (error.code == Errc::closed) return;
        log_->line(LogLevel::warning, "sftp ended: " + with_detail(error.what, error.detail));
    }

  private:
    const std::shared_ptr<ConnectionLog> log_;
};

}  // namespace

ConnectionLog::ConnectionLog(std::uint64_t number, LogSink sink)
    : prefix_("connection " + std::to_string(number) + ": "),
      sink_(std::move(sink)),
      since_(std::chrono::steady_clock::now()) {}

void ConnectionLog::line(LogLevel level, const std::string& text) {
    sink_(level, prefix_ + text);
}

void ConnectionLog::accepted(const server::Peer& peer) {
    line(LogLevel::info,
         "accepted from " + escaped(peer.address) + " port " + std::to_string(peer.port));
}

void ConnectionLog::attempt(const AuthAttempt& attempt) {
    // Clients begin with "none" to ask for the list of methods.
    const bool question =
        attempt.method == "none" && attempt.verdict == AuthDecision::Verdict::failure;
    std::string text =
        "login user '" + escaped(attempt.user) + "' method " + escaped(attempt.method);
    if (attempt.key != nullptr) {
        text += " key " + escaped(attempt.key->type()) + " " +
                fingerprint_sha256(plain_blob(*attempt.key));
        if (const Certificate* certificate = attempt.key->certificate())
            text += " " + certificate_text(*certificate);
        if (const X509Chain* chain = attempt.key->x509()) text += " " + certificate_text(*chain);
        text += " by " + escaped(attempt.signature_algorithm);
    }
    text += ": ";
    text += result_of(attempt.verdict);
    if (attempt.verdict == AuthDecision::Verdict::failure && !attempt.reason.empty())
        text += " (" + std::string(attempt.reason) + ")";
    line(question ? LogLevel::debug : LogLevel::info, text);
}

void ConnectionLog::started(std::string_view kind, std::string_view what) {
    line(LogLevel::info, std::string(kind) + " '" + escaped(what) + "'");
}

void ConnectionLog::on_negotiated(const SessionInfo& info) {
    std::string text = info.key_exchanges > 1 ? "new keys: " : "negotiated: ";
    text += "kex " + info.kex + ", host key " + info.host_key_algorithm;
    text += ", cipher " + direction(info.cipher_in, info.cipher_out);
    const auto mac = [](const std::string& name) { return name.empty() ? "(cipher)" : name; };
    text += ", mac " + direction(mac(info.mac_in), mac(info.mac_out));
    text += ", compression " + direction(info.compression_in, info.compression_out);
    if (info.strict_kex) text += ", strict kex";
    text += ", client '" + escaped(info.peer_version) + "'";
    line(info.key_exchanges > 1 ? LogLevel::debug : LogLevel::info, text);
}

void ConnectionLog::on_warning(const SessionInfo&, const char* what, std::uint32_t detail) {
    line(LogLevel::warning, with_detail(what, detail));
}

void ConnectionLog::on_debug_message(const SessionInfo&, std::string_view text) {
    line(LogLevel::debug, "debug message '" + escaped(text) + "'");
}

void ConnectionLog::on_close(const SessionInfo&, const CloseInfo& why) {
    const auto lasted = std::chrono::duration<double>(std::chrono::steady_clock::now() - since_);
    std::array<char, 32> seconds{};
    std::snprintf(seconds.data(), seconds.size(), "%.3f", lasted.count());
    std::string text = why.by_peer ? "closed by the client: " : "closed: ";
    text += with_detail(why.error.what, why.error.detail);
    if (!why.text.empty()) text += " '" + escaped(why.text) + "'";
    text += ", " + std::to_string(why.bytes_in) + " bytes in, " + std::to_string(why.bytes_out) +
            " bytes out, " + seconds.data() + " s";
    line(LogLevel::info, text);
}

std::shared_ptr<nacre::sftp::ServerObserver> make_sftp_log(std::shared_ptr<ConnectionLog> log) {
    return std::make_shared<SftpLog>(std::move(log));
}

}  // namespace nacre::sftpd
