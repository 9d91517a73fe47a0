#include "sftp/charset.hpp"

#include <nacre/sftp/charset_filesystem.hpp>

#include <utility>

namespace nacre::sftp {
namespace {

/// What the Filesystem and its open directories share.
struct Translation {
    Charset charset;
    bool on = true;

    Result<std::string> to_disk(std::string_view path) const {
        return on ? charset.path_to_disk(path) : std::string(path);
    }
    std::string to_wire(std::string path) const {
        return on ? charset.path_to_wire(path) : std::move(path);
    }
    void to_wire(DirEntry& entry) const {
        if (!on) return;
        auto wire = charset.name_to_wire(entry.name);
        if (!wire.exact) {
            auto bits = entry.attrs.bits.value_or(AttribBits{});
            bits.bits |= kBitTranslationErr;
            bits.valid |= kBitTranslationErr;
            entry.attrs.bits = bits;
            entry.attrs.extra.make().untranslated_name = std::move(entry.name);
        }
        entry.name = std::move(wire.text);
    }
};

/// A reply that changes what comes, if something comes.
template <class T, class Change>
Reply<T> changed(Reply<T> reply, Change change) {
    auto held = std::make_shared<Reply<T>>(std::move(reply));
    return Reply<T>::from([held, change](Result<T>&& result) {
        if (result) change(*result);
        (*held)(std::move(result));
    });
}

class CharsetDirectory final : public Directory {
  public:
    CharsetDirectory(std::shared_ptr<Directory> inner, std::shared_ptr<Translation> translation)
        : inner_(std::move(inner)), translation_(std::move(translation)) {}

    void read(std::size_t max_entries, Reply<std::vector<DirEntry>> reply) override {
        inner_->read(max_entries, changed(std::move(reply), [names = translation_](auto& entries) {
                         for (auto& entry : entries) names->to_wire(entry);
                     }));
    }
    void stat(AttrMask wanted, Reply<Attrs> reply) override {
        inner_->stat(wanted, std::move(reply));
    }
    void set_stat(const Attrs& attrs, Reply<void> reply) override {
        inner_->set_stat(attrs, std::move(reply));
    }
    void close(HandleEnd why) override { inner_->close(why); }

  private:
    std::shared_ptr<Directory> inner_;
    std::shared_ptr<Translation> translation_;
};

class CharsetFilesystem final : public Filesystem,
                                public Links,
                                public Space,
                                public Users,
                                public Copies,
                                public TemporaryFolders,
                                public NameTranslation {
  public:
    CharsetFilesystem(std::shared_ptr<Filesystem> inner, Charset charset)
        : inner_(std::move(inner)),
          names_(std::make_shared<Translation>(Translation{std::move(charset), true})) {}

    void open(std::string_view path, OpenFlags flags, const Attrs& attrs,
              Reply<std::shared_ptr<File>> reply) override {
        if (const auto name = to_disk(path, reply))
            inner_->open(*name, flags, attrs, std::move(reply));
    }
    void open_directory(std::string_view path, Reply<std::shared_ptr<Directory>> reply) override {
        const auto name = to_disk(path, reply);
        if (!name) return;
        inner_->open_directory(*name, changed(std::move(reply), [names = names_](auto& directory) {
            if (directory)
                directory = std::make_shared<CharsetDirectory>(std::move(directory), names);
        }));
    }
    void stat(std::string_view path, Follow follow, AttrMask wanted, Reply<Attrs> reply) override {
        if (const auto name = to_disk(path, reply))
            inner_->stat(*name, follow, wanted, std::move(reply));
    }
    void set_stat(std::string_view path, const Attrs& attrs, Follow follow,
                  Reply<void> reply) override {
        if (const auto name = to_disk(path, reply))
            inner_->set_stat(*name, attrs, follow, std::move(reply));
    }
    void remove(std::string_view path, Reply<void> reply) override {
        if (const auto name = to_disk(path, reply)) inner_->remove(*name, std::move(reply));
    }
    void make_directory(std::string_view path, const Attrs& attrs, Reply<void> reply) override {
        if (const auto name = to_disk(path, reply))
            inner_->make_directory(*name, attrs, std::move(reply));
    }
    void remove_directory(std::string_view path, Reply<void> reply) override {
        if (const auto name = to_disk(path, reply))
            inner_->remove_directory(*name, std::move(reply));
    }
    void real_path(std::string_view path, PathCheck check, Reply<RealPath> reply) override {
        const auto name = to_disk(path, reply);
        if (!name) return;
        inner_->real_path(*name, check, changed(std::move(reply), [names = names_](RealPath& real) {
            real.path = names->to_wire(std::move(real.path));
        }));
    }
    void rename(std::string_view from, std::string_view to, bool overwrite,
                Reply<void> reply) override {
        const auto source = to_disk(from, reply);
        if (!source) return;
        if (const auto target = to_disk(to, reply))
            inner_->rename(*source, *target, overwrite, std::move(reply));
    }

    Links* links() noexcept override { return inner_->links() ? this : nullptr; }
    Space* space() noexcept override { return inner_->space() ? this : nullptr; }
    Users* users() noexcept override { return inner_->users() ? this : nullptr; }
    Copies* copies() noexcept override { return inner_->copies() ? this : nullptr; }
    TemporaryFolders* temporary_folders() noexcept override {
        return inner_->temporary_folders() ? this : nullptr;
    }
    NameTranslation* name_translation() noexcept override { return this; }
    FilesystemTraits traits() const noexcept override {
        auto traits = inner_->traits();
        traits.attrs |= kAttrBits | kAttrUntranslatedName;
        traits.attrib_bits |= kBitTranslationErr;
        return traits;
    }
    std::string take_message() override { return inner_->take_message(); }
    void on_end() override { inner_->on_end(); }

    std::string_view charset() const noexcept override { return names_->charset.name(); }
    void translate(bool convert) noexcept override { names_->on = convert; }

    void read_link(std::string_view path, Reply<std::string> reply) override {
        if (const auto name = to_disk(path, reply))
            inner_->links()->read_link(*name, to_wire(std::move(reply)));
    }
    void symlink(std::string_view target, std::string_view link, Reply<void> reply) override {
        const auto text = to_disk(target, reply);
        if (!text) return;
        if (const auto name = to_disk(link, reply))
            inner_->links()->symlink(*text, *name, std::move(reply));
    }
    void hard_link(std::string_view existing, std::string_view link, Reply<void> reply) override {
        const auto source = to_disk(existing, reply);
        if (!source) return;
        if (const auto name = to_disk(link, reply))
            inner_->links()->hard_link(*source, *name, std::move(reply));
    }
    void stat_filesystem(std::string_view path, Reply<FilesystemStats> reply) override {
        if (const auto name = to_disk(path, reply))
            inner_->space()->stat_filesystem(*name, std::move(reply));
    }
    void home_directory(std::string_view user, Reply<std::string> reply) override {
        inner_->users()->home_directory(user, to_wire(std::move(reply)));
    }
    void names_of(std::vector<std::uint32_t> uids, std::vector<std::uint32_t> gids,
                  Reply<Names> reply) override {
        inner_->users()->names_of(std::move(uids), std::move(gids), std::move(reply));
    }
    void copy_file(std::string_view from, std::string_view to, bool overwrite,
                   Reply<void> reply) override {
        const auto source = to_disk(from, reply);
        if (!source) return;
        if (const auto target = to_disk(to, reply))
            inner_->copies()->copy_file(*source, *target, overwrite, std::move(reply));
    }
    void temporary_folder(Reply<std::string> reply) override {
        inner_->temporary_folders()->temporary_folder(to_wire(std::move(reply)));
    }
    void make_temporary_folder(Reply<std::string> reply) override {
        inner_->temporary_folders()->make_temporary_folder(to_wire(std::move(reply)));
    }

  private:
    /// The path on disk. Without one the question is answered.
    template <class T>
    std::optional<std::string> to_disk(std::string_view path, Reply<T>& reply) const {
        auto name = names_->to_disk(path);
        if (name) return std::move(*name);
        reply(name.error());
        return {};
    }
    Reply<std::string> to_wire(Reply<std::string> reply) const {
        return changed(std::move(reply), [names = names_](std::string& path) {
            path = names->to_wire(std::move(path));
        });
    }

    std::shared_ptr<Filesystem> inner_;
    std::shared_ptr<Translation> names_;
};

}  // namespace

Result<std::shared_ptr<Filesystem>> make_charset_filesystem(std::shared_ptr<Filesystem> filesystem,
                                                            std::string_view charset) {
    NACRE_TRY(auto known, Charset::make(charset));
    return std::shared_ptr<Filesystem>(
        std::make_shared<CharsetFilesystem>(std::move(filesystem), std::move(known)));
}

}  // namespace nacre::sftp
