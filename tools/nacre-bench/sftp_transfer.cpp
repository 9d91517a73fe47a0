// get and put: a whole file in each session, all at the same time.
#include "sftp.hpp"

#include <nacre/sftp/transfer.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace nacre::bench {

namespace {

constexpr double kGib = 1024.0 * 1024 * 1024;
constexpr mode_t kNewFile = 0644;
/// Logins that go on together before the samples.
constexpr std::size_t kLoginsAtOnce = 8;

Error local_error(const char* what) noexcept {
    return {Errc::local_failed, Disconnect::none, static_cast<std::uint32_t>(errno), what};
}

/// What the transfers of one sample came to.
struct Transfers : Outcome {
    std::uint64_t bytes = 0;
    double began = 0;
    double fastest = 0, slowest = 0;  ///< seconds

    void finished(std::uint64_t count) {
        const double seconds = wall_seconds() - began;
        fastest = fastest == 0 ? seconds : std::min(fastest, seconds);
        slowest = std::max(slowest, seconds);
        bytes += count;
        --left;
    }
};

/// One file. Lives in the replies it waits for.
class Transfer final : public std::enable_shared_from_this<Transfer> {
  public:
    Transfer(std::shared_ptr<sftp::Client> client, std::shared_ptr<Transfers> all)
        : client_(std::move(client)), all_(std::move(all)) {}
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;
    ~Transfer() {
        if (file_ >= 0) ::close(file_);
    }

    void get(const std::string& path, const std::string& local) {
        if (!local.empty()) {
            file_ = ::open(local.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kNewFile);
            if (file_ < 0) return all_->fail(local_error("local file cannot be written"));
        }
        sftp::OpenFlags flags;
        flags.read = true;
        open(path, flags, &Transfer::find_size);
    }

    void put(const std::string& path, const std::string& local, std::uint64_t bytes) {
        left_ = bytes;
        if (!local.empty()) {
            file_ = ::open(local.c_str(), O_RDONLY | O_CLOEXEC);
            if (file_ < 0) return all_->fail(local_error("local file cannot be read"));
        }
        sftp::OpenFlags flags;
        flags.write = flags.create = flags.truncate = true;
        open(path, flags, &Transfer::upload);
    }

  private:
    void open(const std::string& path, sftp::OpenFlags flags, void (Transfer::*next)()) {
        client_->open(path, flags, {},
                      Reply<sftp::RemoteHandle>::from(
                          [self = shared_from_this(), next](Result<sftp::RemoteHandle>&& handle) {
                              if (!handle) return self->all_->fail(handle.error());
                              self->handle_ = std::move(*handle);
                              (self.get()->*next)();
                          }));
    }

    void find_size() {
        client_->stat(handle_, Reply<sftp::Attrs>::from(
                                   [self = shared_from_this()](Result<sftp::Attrs>&& attrs) {
                                       if (!attrs) return self->all_->fail(attrs.error());
                                       self->download(attrs->size);
                                   }));
    }

    void download(std::optional<std::uint64_t> size) {
        sftp::download(
            client_, handle_, 0, size,
            [self = shared_from_this()](ByteView bytes) { return self->write_local(bytes); },
            whole());
    }

    void upload() {
        sftp::upload(
            client_, handle_, 0,
            [self = shared_from_this()](ByteSpan room) { return self->read_local(room); }, whole());
    }

    Reply<std::uint64_t> whole() {
        return Reply<std::uint64_t>::from(
            [self = shared_from_this()](Result<std::uint64_t>&& bytes) {
                if (!bytes) return self->all_->fail(bytes.error());
                self->close(*bytes);
            });
    }

    void close(std::uint64_t bytes) {
        client_->close_handle(
            handle_, Reply<void>::from([self = shared_from_this(), bytes](Result<void>&& closed) {
                if (!closed) return self->all_->fail(closed.error());
                self->all_->finished(bytes);
            }));
    }

    Result<void> write_local(ByteView bytes) {
        while (file_ >= 0 && !bytes.empty()) {
            const ssize_t n = ::write(file_, bytes.data(), bytes.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return local_error("local file cannot be written");
            bytes = bytes.subspan(static_cast<std::size_t>(n));
        }
        return {};
    }

    /// Without a file the room is sent as it is: upload() makes it of zeros, and uses one for all.
    Result<std::size_t> read_local(ByteSpan room) {
        if (file_ < 0) {
            const auto count =
                static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), left_));
            left_ -= count;
            return count;
        }
        std::size_t filled = 0;
        while (filled < room.size()) {
            const ssize_t n = ::read(file_, room.data() + filled, room.size() - filled);
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return local_error("local file cannot be read");
            if (n == 0) break;
            filled += static_cast<std::size_t>(n);
        }
        return filled;
    }

    std::shared_ptr<sftp::Client> client_;
    std::shared_ptr<Transfers> all_;
    sftp::RemoteHandle handle_;
    std::uint64_t left_ = 0;
    int file_ = -1;
};

}  // namespace

Result<void> load_transfer(const SftpLoad& load) {
    const SftpPlan& plan = load.plan;
    NACRE_TRY(const auto sessions, load.loop.connect_all(plan.sessions, kLoginsAtOnce));
    LoadMeter meter(load.server, kPerGib);
    double worst_ratio = 0;
    for (std::size_t run = 0; run < plan.runs; ++run) {
        const auto all = std::make_shared<Transfers>();
        all->left = sessions.size();
        meter.start();
        all->began = wall_seconds();
        for (std::size_t i = 0; i < sessions.size(); ++i) {
            const auto transfer = std::make_shared<Transfer>(sessions[i]->client(), all);
            const std::string path = path_of_session(plan.path, i);
            const std::string local = path_of_session(plan.local, i);
            if (plan.what == "get") {
                transfer->get(path, local);
            } else {
                transfer->put(path, local, plan.bytes);
            }
        }
        NACRE_CHECK(wait_for(load.loop, *all));
        if (all->bytes == 0)
            return Error{Errc::local_misuse, Disconnect::none, 0, "the file is empty"};
        meter.stop(load.loop, static_cast<double>(all->bytes) / kGib);
        worst_ratio = std::max(worst_ratio, all->slowest / all->fastest);
    }
    Facts facts = facts_of(plan.server);
    facts.emplace_back("sessions", std::to_string(plan.sessions));
    std::vector<Figure> more{{"MB/s", kGib / 1e6 / meter.median_wall()}};
    if (plan.sessions > 1) more.push_back({"slowest/fastest", worst_ratio});
    meter.report(load.report, plan.what, facts, std::move(more));
    return {};
}

}  // namespace nacre::bench
