# shellcheck shell=bash
# Part of provision.sh: a tree of Odoo 19 Community.
#
# ODOO_SRC names one that exists: a git checkout, the directory that holds the
# installed package `odoo`, or that package itself. Without it, Debian's
# package odoo-19 (suite sid) is unpacked below MONITOR_HOME; it is pure
# Python, so it runs on older releases too.

ODOO_PACKAGES=(
    odoo-19 fonts-font-awesome fonts-inconsolata fonts-montserrat fonts-ocr-b
    fonts-roboto-unhinted libjs-jquery libjs-jquery-form libjs-underscore
)
# Files that Debian leaves out of Odoo because they are not built from source.
SEGMENTATION_PACKAGE=@mediapipe/selfie_segmentation@0.1.1675465747
FONT_AWESOME_PACKAGE=font-awesome@4.7.0

odoo_tree() {
    echo "$MONITOR_HOME/odoo-tree"
}

# The directory to put on sys.path.
odoo_path() {
    local candidate
    if [ -z "${ODOO_SRC:-}" ]; then
        echo "$(odoo_tree)/usr/lib/python3/dist-packages"
        return
    fi
    for candidate in "$ODOO_SRC" "$ODOO_SRC/usr/lib/python3/dist-packages" "$ODOO_SRC/.."; do
        if [ -f "$candidate/odoo/release.py" ]; then
            (cd "$candidate" && pwd)
            return
        fi
    done
    hint "set ODOO_SRC to a checkout of Odoo 19, or to the directory that holds the package odoo"
    echo "ODOO_SRC=$ODOO_SRC holds no odoo/release.py" >&2
    return 1
}

# Odoo's own addons; a checkout has most of them beside the package.
odoo_addons_path() {
    if [ -f "$1/odoo/addons/mail/__manifest__.py" ]; then
        echo "$1/odoo/addons"
    else
        echo "$1/odoo/addons,$1/addons"
    fi
}

# Changes whenever Odoo's files do: a key for what is derived from them.
odoo_build() {
    local path
    path=$(odoo_path)
    (cd "$path" && find -L odoo "$([ -d addons ] && echo addons || echo odoo)" \
        -name '*.py' -printf '%p %s\n' 2>/dev/null || true) | LC_ALL=C sort -u | sha256sum | cut -c1-16
}

tree_is_complete() {
    local tree
    tree=$(odoo_tree)
    [ -f "$tree/usr/lib/python3/dist-packages/odoo/release.py" ] &&
        [ -s "$tree/usr/share/fonts-font-awesome/fonts/fontawesome-webfont.ttf" ] &&
        [ -s "$(segmentation_script)" ]
}

segmentation_script() {
    echo "$(odoo_tree)/usr/lib/python3/dist-packages/odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
}

provision_odoo() {
    if [ -n "${ODOO_SRC:-}" ]; then
        note "ODOO_SRC=$ODOO_SRC"
    elif tree_is_complete; then
        note "already there"
    else
        locked odoo install_odoo_tree
    fi
    check_odoo_series
}

check_odoo_series() {
    local path
    path=$(odoo_path)
    hint "use Odoo 19.0: the suite runs on no other series"
    if ! grep -Eq '^version_info = \(19, 0,' "$path/odoo/release.py"; then
        echo "not Odoo 19.0: $path" >&2
        return 1
    fi
}

install_odoo_tree() {
    if tree_is_complete; then # another run was faster
        return
    fi
    if [ ! -f "$(odoo_path)/odoo/release.py" ]; then
        download_odoo
        unpack_odoo
    fi
    complete_odoo_tree
}

# -- Debian ------------------------------------------------------------------

debian_mirror() {
    # shellcheck disable=SC2016  # these are apt's own placeholders
    apt-get indextargets --format '$(SITE)|$(ORIGIN)|$(LABEL)' 'Created-By: Packages' |
        awk -F'|' '$2 == "Debian" && $3 == "Debian" { print $1; exit }'
}

archive_keyring() {
    local file
    for file in /usr/share/keyrings/debian-archive-keyring.{pgp,gpg}; do
        if [ -r "$file" ]; then
            echo "$file"
            return
        fi
    done
    hint "apt-get install debian-archive-keyring"
    echo "no Debian archive keyring" >&2
    return 1
}

# An apt of our own for the suite sid, so that the machine's stays untouched.
write_private_apt() {
    local home=$MONITOR_HOME/apt mirror=$1 keyring
    keyring=$(archive_keyring)
    mkdir -p "$home/etc/none" "$home/lists/partial" "$home/cache/archives/partial"
    echo "deb [signed-by=$keyring] $mirror sid main" >"$home/etc/sid.list"
    cat >"$home/apt.conf" <<CONF
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::Etc::sourcelist "$home/etc/sid.list";
Dir::Etc::sourceparts "$home/etc/none";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "$home/etc/none";
Dir::State::Lists "$home/lists";
Dir::Cache "$home/cache";
APT::Get::List-Cleanup "0";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "3";
CONF
}

download_odoo() {
    local mirror
    mirror=$(debian_mirror)
    if [ -z "$mirror" ]; then
        update_package_lists
        mirror=$(debian_mirror)
    fi
    if [ -z "$mirror" ]; then
        hint "this machine has no Debian sources: set ODOO_SRC to a tree of Odoo 19"
        echo "no Debian mirror in the machine's apt sources" >&2
        return 1
    fi
    write_private_apt "$mirror"
    hint "check that the machine reaches its Debian mirror, or set ODOO_SRC to a tree of Odoo 19"
    mkdir -p "$MONITOR_HOME/debs"
    cd "$MONITOR_HOME/debs" || return
    apt-get -c "$MONITOR_HOME/apt/apt.conf" update
    apt-get -c "$MONITOR_HOME/apt/apt.conf" download "${ODOO_PACKAGES[@]}"
}

# Unpacked beside each other: Odoo's links to fonts and scripts are relative.
unpack_odoo() {
    local package partial
    partial=$(odoo_tree).partial
    hint "free some space: Odoo takes 1.3 GB below $MONITOR_HOME"
    rm -rf "$partial"
    mkdir -p "$partial"
    for package in "${ODOO_PACKAGES[@]}"; do
        dpkg-deb -x "$(newest_deb "$package")" "$partial"
    done
    mv "$partial" "$(odoo_tree)"
    rm -rf "$MONITOR_HOME/debs"
}

newest_deb() {
    find "$MONITOR_HOME/debs" -name "$1_*.deb" -printf '%T@ %p\n' |
        sort -n | tail -n 1 | cut -d' ' -f2-
}

# -- What Debian leaves out --------------------------------------------------

complete_odoo_tree() {
    local fonts share
    share=$(odoo_tree)/usr/share
    fonts=$share/fonts-font-awesome/fonts
    hint "make 'npm pack font-awesome' work on this machine (network, proxy, registry)"
    fetch_from_npm "$SEGMENTATION_PACKAGE" package/selfie_segmentation.js \
        "$(dirname "$(segmentation_script)")"
    fetch_from_npm "$FONT_AWESOME_PACKAGE" package/fonts "$fonts"
    mkdir -p "$share/fonts/truetype/inconsolata"
    ln -sfn ../../opentype/inconsolata/Inconsolata-Regular.otf \
        "$share/fonts/truetype/inconsolata/Inconsolata.otf"
}

fetch_from_npm() {
    local package=$1 member=$2 target=$3 scratch
    scratch=$(mktemp -d "$MONITOR_HOME/npm.XXXXXX")
    (cd "$scratch" && npm pack --silent "$package")
    tar -xzf "$scratch"/*.tgz -C "$scratch" "$member"
    mkdir -p "$target"
    chmod -R u+w,a+rX "$scratch/package"
    if [ -d "$scratch/$member" ]; then
        cp "$scratch/$member"/* "$target/"
    else
        cp "$scratch/$member" "$target/"
    fi
    rm -rf "$scratch"
}
