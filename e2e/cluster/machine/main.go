// A machine of the test cluster: a set of Linux namespaces with a file system, an address and programs of its own.
//
//	machine boot CONFIG   makes the namespaces, prints the process id of the machine's init, and returns
//	machine init CONFIG   is that init: mounts, then keeps the programs running until it is killed, which is a power cut
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// Config is what e2e/cluster/machine.ts writes.
type Config struct {
	Hostname string `json:"hostname"`
	// Root is the folder on the host that becomes "/" of the machine; what is in it outlives a power cut, except /run and /tmp.
	Root string `json:"root"`
	// Binds are folders of the host shown inside; Targets begin with "/".
	Binds []Bind `json:"binds"`
	// Cgroups are folders of the cgroup file system that the machine's own programs are counted in.
	Cgroups []string `json:"cgroups"`
	// Socket is where the init takes its orders, a path inside the machine.
	Socket string `json:"socket"`
	Units  []Unit `json:"units"`
}

// Bind is one folder of the host inside the machine.
type Bind struct {
	Source   string `json:"source"`
	Target   string `json:"target"`
	ReadOnly bool   `json:"readOnly"`
}

// Unit is a program that the init keeps running once it was told to start it.
type Unit struct {
	Name string   `json:"name"`
	Args []string `json:"args"`
	Env  []string `json:"env"`
	Log  string   `json:"log"`
}

func main() {
	if len(os.Args) != 3 {
		fail("usage: machine boot|init CONFIG")
	}
	var err error
	switch os.Args[1] {
	case "boot":
		err = boot(os.Args[2])
	case "init":
		err = runInit(os.Args[2])
	default:
		err = fmt.Errorf("unknown command %q", os.Args[1])
	}
	if err != nil {
		fail(err.Error())
	}
}

func fail(why string) {
	fmt.Fprintln(os.Stderr, "machine: "+why)
	os.Exit(1)
}

// boot starts the init in new namespaces and waits until it takes orders, or says why it doesn't. It joins the machine's
// cgroups first, so that the init is in them from its birth and is found there whenever the one who called this is killed.
func boot(configPath string) error {
	config, err := readConfig(configPath)
	if err != nil {
		return err
	}
	for _, folder := range config.Cgroups {
		if err := os.WriteFile(filepath.Join(folder, "cgroup.procs"), []byte("0"), 0); err != nil {
			return fmt.Errorf("join cgroup: %w", err)
		}
	}
	read, write, err := os.Pipe()
	if err != nil {
		return err
	}
	command := exec.Command("/proc/self/exe", "init", configPath)
	command.ExtraFiles = []*os.File{write}
	command.SysProcAttr = &syscall.SysProcAttr{
		Setsid: true,
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET |
			syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC,
	}
	if err := command.Start(); err != nil {
		return fmt.Errorf("make namespaces: %w", err)
	}
	write.Close()
	said, _ := bufio.NewReader(read).ReadString('\n')
	if said != "ready\n" {
		command.Process.Kill()
		command.Wait()
		return fmt.Errorf("boot %s: %s", configPath, said)
	}
	fmt.Println(command.Process.Pid)
	return command.Process.Release()
}

func runInit(configPath string) error {
	report := os.NewFile(3, "report")
	syscall.CloseOnExec(3)
	err := prepareAndServe(configPath, report)
	fmt.Fprintln(report, err)
	return err
}

func prepareAndServe(configPath string, report *os.File) error {
	config, err := readConfig(configPath)
	if err != nil {
		return err
	}
	if err := makeRoot(config); err != nil {
		return err
	}
	keeper := newKeeper(config.Units)
	go keeper.reap()
	return serve(config.Socket, keeper, func() {
		fmt.Fprintln(report, "ready")
		report.Close()
	})
}

func readConfig(path string) (Config, error) {
	var config Config
	text, err := os.ReadFile(path)
	if err != nil {
		return config, err
	}
	return config, json.Unmarshal(text, &config)
}
