# The first process of a container, until it becomes the container's own program.
#   container.sh ROOT STATE PID_FILE ro|rw debian|busybox HOSTS [SOURCE TARGET ro|rw]... -- PROGRAM [ARGUMENT]...
set -eu
lower=$1 state=$2 pid_file=$3 access=$4 userland=$5 hosts=$6
shift 6
read -r pid _ </proc/self/stat

mkdir -p "$state/upper" "$state/work" "$state/root"
root=$state/root
mount -t overlay -o "lowerdir=$lower,upperdir=$state/upper,workdir=$state/work" overlay "$root"

mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=0755 tmpfs "$root/dev"
for device in null zero full random urandom; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
printf '127.0.0.1 localhost\n%s' "$hosts" >"$root/etc/hosts"
if [ "$userland" = busybox ]; then
  chroot "$root" /usr/bin/busybox --install -s /usr/local/bin
fi

while [ "$1" != -- ]; do
  mkdir -p "$root$2"
  mount --bind "$1" "$root$2"
  mount -o "remount,bind,$3" "$root$2"
  shift 3
done
shift
mount -o "remount,$access" "$root"

# What containerd gives its containers, as far as this machine allows.
ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -H -n)"
echo "$pid" >"$pid_file.new"
mv "$pid_file.new" "$pid_file"
exec chroot "$root" "$@"
