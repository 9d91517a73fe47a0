// How a session begins: INIT and VERSION, and what else is said of both ends.
#include "sftp/engine.hpp"

#include <algorithm>
#include <charconv>

namespace nacre::sftp {

void Engine::take_init(Slot& slot) {
    const Message& message = slot.message;
    if (message.bytes[0] != static_cast<std::uint8_t>(PacketType::init)) {
        end(misbehaved("SFTP request before INIT", message.bytes[0]), 1, true);
        return;
    }
    // Framing lets no message pass that is shorter; what follows the version are extensions of
    // the client, of which none means anything to a server.
    client_version_ = load_be32(message.bytes.data() + 1);
    speak(negotiate_version(client_version_, config_.max_version));
    fresh_ = true;
    if (state_ == State::wait_init) state_ = State::running;
    const auto extensions = announced();
    reply(slot, [&](Bytes& out) { codec_->version_reply(out, extensions); });
    // Most replies are small; for this one's sake an idle session should not keep a kilobyte.
    if (!ended()) sent(replies_.flush());
    replies_.trim();
}

void Engine::speak(std::uint32_t version) {
    Dialect dialect;
    dialect.version = version;
    dialect.client_version = client_version_;
    dialect.symlink_target_first = version <= quirks_.target_first_up_to;
    dialect.two_words_of_bits = quirks_.two_words_of_bits;
    codec_ = make_codec(dialect);
    observer_->on_version(client_version_, version);
}

std::vector<Extension> Engine::announced() const {
    Announcement what;
    what.version = codec_->version();
    what.highest_version = config_.max_version;
    what.read_only = config_.read_only;
    what.newline = config_.newline;
    what.max_read = config_.max_read_length;
    what.links = filesystem_->links() != nullptr;
    what.space = filesystem_->space() != nullptr;
    what.users = filesystem_->users() != nullptr;
    what.copies = filesystem_->copies() != nullptr;
    what.temporary_folders = filesystem_->temporary_folders() != nullptr;
    if (const auto* names = filesystem_->name_translation()) what.charset = names->charset();
    what.hashes = static_cast<bool>(config_.make_hash);
    what.traits = filesystem_->traits();
    what.omitted.assign(config_.omitted_extensions.begin(), config_.omitted_extensions.end());
    what.vendor = config_.vendor;
    return announced_extensions(what);
}

/// Whether the message is an EXTENDED that the settings leave out.
bool Engine::omitted(const Message& message) const {
    if (config_.omitted_extensions.empty()) return false;
    Reader fields(message.bytes);
    if (fields.u8() != static_cast<std::uint8_t>(PacketType::extended)) return false;
    fields.u32();
    const auto name = fields.text();
    // The requests have longer names than the announcements.
    return std::any_of(config_.omitted_extensions.begin(), config_.omitted_extensions.end(),
                       [&](std::string_view omitted) {
                           return name == omitted ||
                                  (omitted == "check-file" && name.starts_with("check-file-"));
                       });
}

/// draft-ietf-secsh-filexfer-13 s5.5.2
void Engine::run(Slot& slot, const VersionSelectRequest& request) {
    std::uint32_t version = 0;
    const auto* const last = request.version.data() + request.version.size();
    const auto [rest, error] = std::from_chars(request.version.data(), last, version);
    if (!slot.first || error != std::errc() || rest != last || version < 3 ||
        version > std::min(config_.max_version, kMaxVersion)) {
        answer(slot, failure(Status::invalid_parameter, "No such version, or not at first"));
        end(misbehaved("SFTP version-select of a version not offered, or too late", version), 1,
            true);
        return;
    }
    speak(version);
    answer(slot, Status::ok);
}

void Engine::run(Slot& slot, const VendorIdRequest& request) {
    observer_->on_vendor({std::string(request.vendor), std::string(request.product),
                          std::string(request.version), request.build});
    // A client may tell of itself before it selects a version: WinSCP does.
    fresh_ = slot.first;
    answer(slot, Status::ok);
}

void Engine::run(Slot& slot, const FilenameTranslationControlRequest& request) {
    NameTranslation* const names = filesystem_->name_translation();
    if (!supported(slot, names)) return;
    names->translate(request.translate);
    answer(slot, Status::ok);
}

}  // namespace nacre::sftp
