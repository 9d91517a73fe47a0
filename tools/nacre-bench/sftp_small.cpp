// Many small files: making, looking at, reading and removing them, so many at a time.
#include "sftp.hpp"

#include <array>

namespace nacre::bench {

namespace {

constexpr std::size_t kFileSize = 1024;
constexpr std::size_t kLoginsAtOnce = 8;

enum class Phase : std::uint8_t { create, stat, read, remove };

struct PhaseInfo {
    Phase phase;
    const char* name;
    std::size_t requests;  ///< for one file
};

constexpr std::array<PhaseInfo, 4> kPhases{{
    {Phase::create, "create", 3},
    {Phase::stat, "stat", 1},
    {Phase::read, "read", 3},
    {Phase::remove, "remove", 1},
}};

/// One phase over all files. Lives in the replies it waits for.
class SmallFiles final : public std::enable_shared_from_this<SmallFiles>, public Outcome {
  public:
    using Client = std::shared_ptr<sftp::Client>;

    SmallFiles(Phase phase, std::string folder, std::size_t count)
        : phase_(phase), folder_(std::move(folder)), count_(count), data_(kFileSize, 0x5a) {
        left = count;
    }

    /// Takes the next file that nobody has taken, and so on until there are none left.
    void next(const Client& client) {
        if (error || taken_ == count_) return;
        const std::string path = folder_ + "/nacre-bench-" + std::to_string(taken_++);
        switch (phase_) {
            case Phase::create:
                return create(client, path);
            case Phase::stat:
                return client->stat(path, sftp::Follow::yes, last<sftp::Attrs>(client));
            case Phase::read:
                return read(client, path);
            case Phase::remove:
                return client->remove(path, last<void>(client));
        }
    }

  private:
    using Handle = sftp::RemoteHandle;

    /// The answer after which the file is done with.
    template <class T>
    Reply<T> last(const Client& client) {
        return Reply<T>::from([self = shared_from_this(), client](Result<T>&& answer) {
            if (!answer) return self->fail(answer.error());
            --self->left;
            self->next(client);
        });
    }

    void create(const Client& client, const std::string& path) {
        sftp::OpenFlags flags;
        flags.write = flags.create = flags.truncate = true;
        client->open(
            path, flags, {},
            Reply<Handle>::from([self = shared_from_this(), client](Result<Handle>&& handle) {
                if (!handle) return self->fail(handle.error());
                self->write(client, *handle);
            }));
    }

    void write(const Client& client, const Handle& handle) {
        client->write(
            handle, 0, data_,
            Reply<void>::from([self = shared_from_this(), client, handle](Result<void>&& written) {
                if (!written) return self->fail(written.error());
                client->close_handle(handle, self->last<void>(client));
            }));
    }

    void read(const Client& client, const std::string& path) {
        sftp::OpenFlags flags;
        flags.read = true;
        client->open(
            path, flags, {},
            Reply<Handle>::from([self = shared_from_this(), client](Result<Handle>&& handle) {
                if (!handle) return self->fail(handle.error());
                self->read(client, *handle);
            }));
    }

    void read(const Client& client, const Handle& handle) {
        client->read(handle, 0, kFileSize,
                     Reply<sftp::RemoteData>::from([self = shared_from_this(), client,
                                                    handle](Result<sftp::RemoteData>&& data) {
                         if (!data) return self->fail(data.error());
                         if (data->size != kFileSize)
                             return self->fail(misbehaved("the server returned a short file"));
                         client->close_handle(handle, self->last<void>(client));
                     }));
    }

    Phase phase_;
    std::string folder_;
    std::size_t count_;
    std::size_t taken_ = 0;
    Bytes data_;
};

}  // namespace

Result<void> load_small(const SftpLoad& load) {
    const SftpPlan& plan = load.plan;
    NACRE_TRY(const auto sessions, load.loop.connect_all(plan.sessions, kLoginsAtOnce));
    std::vector<LoadMeter> meters(kPhases.size(), LoadMeter(load.server, kPerRequest));
    for (std::size_t run = 0; run < plan.runs; ++run) {
        for (std::size_t i = 0; i < kPhases.size(); ++i) {
            const auto files =
                std::make_shared<SmallFiles>(kPhases[i].phase, plan.path, plan.files);
            meters[i].start();
            for (std::size_t slot = 0; slot < plan.requests; ++slot)
                for (const auto& session : sessions) files->next(session->client());
            NACRE_CHECK(wait_for(load.loop, *files));
            meters[i].stop(load.loop, static_cast<double>(plan.files * kPhases[i].requests));
        }
    }
    for (std::size_t i = 0; i < kPhases.size(); ++i) {
        Facts facts = facts_of(plan.server);
        facts.emplace_back("sessions", std::to_string(plan.sessions));
        facts.emplace_back("requests", std::to_string(plan.requests));
        facts.emplace_back("phase", kPhases[i].name);
        meters[i].report(load.report, "small", facts);
    }
    return {};
}

}  // namespace nacre::bench
