package main

import (
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// shared are the parts of the host's system that a machine sees read-only: its programs and their configuration.
var shared = []string{"usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "etc"}

// makeRoot gives the machine a root of its own, so that nothing it mounts or writes is seen outside and all of it goes with its init.
func makeRoot(config Config) error {
	if err := mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return err
	}
	for _, folder := range []string{"run", "tmp"} {
		if err := os.RemoveAll(filepath.Join(config.Root, folder)); err != nil {
			return err
		}
	}
	if err := makeFolders(config.Root, "proc", "sys", "dev", "var/log", "var/lib", "var/tmp", "root", "mnt", "opt", "run/netns"); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(config.Root, "tmp"), 0o777|os.ModeSticky); err != nil {
		return err
	}
	if err := mount(config.Root, config.Root, "", unix.MS_BIND, ""); err != nil {
		return err
	}
	if err := showHost(config.Root); err != nil {
		return err
	}
	for _, bind := range config.Binds {
		if err := bindInto(config.Root, bind); err != nil {
			return err
		}
	}
	if err := enter(config.Root); err != nil {
		return err
	}
	if err := fakeBootID(); err != nil {
		return err
	}
	if err := unix.Sethostname([]byte(config.Hostname)); err != nil {
		return err
	}
	os.Setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	// A kubelet and its mounts need a root whose mounts travel into containers.
	return mount("", "/", "", unix.MS_REC|unix.MS_SHARED, "")
}

func showHost(root string) error {
	for _, name := range shared {
		target, err := os.Readlink("/" + name)
		inside := filepath.Join(root, name)
		switch info, statErr := os.Lstat("/" + name); {
		case err == nil: // on a merged-usr system /bin is a link to usr/bin
			os.Remove(inside)
			if err := os.Symlink(target, inside); err != nil {
				return err
			}
		case statErr == nil && info.IsDir():
			if err := bindInto(root, Bind{Source: "/" + name, Target: "/" + name, ReadOnly: true}); err != nil {
				return err
			}
		}
	}
	if err := mount("proc", filepath.Join(root, "proc"), "proc", 0, ""); err != nil {
		return err
	}
	if err := mount("sysfs", filepath.Join(root, "sys"), "sysfs", 0, ""); err != nil {
		return err
	}
	if err := mount("/sys/fs/cgroup", filepath.Join(root, "sys/fs/cgroup"), "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return err
	}
	return mount("/dev", filepath.Join(root, "dev"), "", unix.MS_BIND|unix.MS_REC, "")
}

func bindInto(root string, bind Bind) error {
	inside := filepath.Join(root, bind.Target)
	if err := os.MkdirAll(inside, 0o755); err != nil {
		return err
	}
	if err := mount(bind.Source, inside, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return err
	}
	if !bind.ReadOnly {
		return nil
	}
	return mount("", inside, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, "")
}

func enter(root string) error {
	if err := unix.Chdir(root); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivot into %s: %w", root, err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("leave the host's root: %w", err)
	}
	return unix.Chdir("/")
}

// fakeBootID lets the kubelet see a boot of this machine, not of the host, so that a power cut is told as one.
func fakeBootID() error {
	b := make([]byte, 16)
	if _, err := rand.Read(b); err != nil {
		return err
	}
	id := fmt.Sprintf("%x-%x-%x-%x-%x\n", b[0:4], b[4:6], b[6:8], b[8:10], b[10:])
	if err := os.WriteFile("/run/boot_id", []byte(id), 0o444); err != nil {
		return err
	}
	return mount("/run/boot_id", "/proc/sys/kernel/random/boot_id", "", unix.MS_BIND, "")
}

func makeFolders(root string, names ...string) error {
	for _, name := range names {
		if err := os.MkdirAll(filepath.Join(root, name), 0o755); err != nil {
			return err
		}
	}
	return nil
}

func mount(source, target, kind string, flags uintptr, data string) error {
	if err := unix.Mount(source, target, kind, flags, data); err != nil {
		return fmt.Errorf("mount %s: %w", strings.TrimSpace(source+" "+target), err)
	}
	return nil
}
