# The first process of a pod: its volumes and its loopback. Everything of the pod ends with it, and it ends with its
# standard input, so also when the test that started it is killed.
#   sandbox.sh ROOT DIRECTORY HOSTNAME GROUP [VOLUME KIND SOURCE OPTION]...
set -eu
root=$1 directory=$2 hostname=$3 group=$4
shift 4
# The mounted /proc is the machine's, so this is the process id that the machine knows.
read -r pid _ </proc/self/stat

chroot "$root" /usr/bin/busybox hostname "$hostname"
chroot "$root" /usr/bin/busybox ip link set lo up

mkdir "$directory/run"
mount -t tmpfs -o mode=0755 tmpfs "$directory/run"
mkdir "$directory/run/volumes" "$directory/run/containers"

# for_group MODE PATH: what the kubelet does for fsGroup: the group owns everything and may do MODE.
for_group() {
  if [ "$group" != - ]; then
    chgrp -hR "$group" "$2"
    find "$2" ! -type l -exec chmod "ug+$1" {} + -type d -exec chmod g+s {} +
  fi
}

while [ $# -gt 0 ]; do
  volume=$directory/run/volumes/$1
  mkdir "$volume"
  case $2 in
  files)
    mount -t tmpfs -o mode=0777 tmpfs "$volume"
    # Links to files in a directory that a change would replace at once.
    cp -R --no-dereference "$3/." "$volume"
    chown -hR 0:0 "$volume"
    find "$volume/..now" -type f -exec chmod "$4" {} +
    for_group rX "$volume"
    ;;
  memory)
    mount -t tmpfs -o "mode=0777$4" tmpfs "$volume"
    for_group rwX "$volume"
    ;;
  empty)
    # On the node's disk.
    mkdir -p "$directory/disk/$1"
    mount --bind "$directory/disk/$1" "$volume"
    chmod 0777 "$volume"
    for_group rwX "$volume"
    ;;
  claim)
    # As a new volume of a cluster: it belongs to root, and only fsGroup lets anybody else write.
    chmod 0755 "$volume"
    for_group rwX "$volume"
    ;;
  esac
  shift 4
done

echo "$pid"
read -r _ || :
