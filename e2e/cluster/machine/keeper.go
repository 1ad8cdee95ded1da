package main

import (
	"errors"
	"fmt"
	"os"
	"sort"
	"sync"
	"syscall"
	"time"
)

// restartPause is how long a program that ended by itself stays down.
const restartPause = 500 * time.Millisecond

var errNoUnit = errors.New("no such unit")

// keeper keeps programs running. It is the init of its namespace, so it also reaps whatever is orphaned there.
type keeper struct {
	mutex sync.Mutex
	units map[string]*kept
}

type kept struct {
	unit     Unit
	wanted   bool
	pid      int
	restarts int
	ended    chan struct{}
}

// State is what the keeper tells about one unit. Pid is the one inside the machine; 0 means not running.
type State struct {
	Name     string `json:"name"`
	Wanted   bool   `json:"wanted"`
	Pid      int    `json:"pid"`
	Restarts int    `json:"restarts"`
}

func newKeeper(units []Unit) *keeper {
	k := &keeper{units: map[string]*kept{}}
	for _, unit := range units {
		k.units[unit.Name] = &kept{unit: unit}
	}
	return k
}

// run starts a unit that the configuration doesn't have, in place of one of the same name that has ended.
func (k *keeper) run(unit Unit) error {
	if len(unit.Args) == 0 {
		return fmt.Errorf("run %s: no program", unit.Name)
	}
	if err := k.stop(unit.Name, syscall.SIGKILL); err != nil && !errors.Is(err, errNoUnit) {
		return err
	}
	k.mutex.Lock()
	k.units[unit.Name] = &kept{unit: unit}
	k.mutex.Unlock()
	return k.start(unit.Name)
}

// start starts a unit; one that runs already stays as it is.
func (k *keeper) start(name string) error {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	unit, found := k.units[name]
	if !found {
		return fmt.Errorf("%w: %q", errNoUnit, name)
	}
	unit.wanted = true
	if unit.pid != 0 {
		return nil
	}
	return k.launch(unit)
}

// stop ends a unit with the signal, with SIGKILL after ten seconds, and returns once it is gone.
func (k *keeper) stop(name string, signal syscall.Signal) error {
	k.mutex.Lock()
	unit, found := k.units[name]
	if !found {
		k.mutex.Unlock()
		return fmt.Errorf("%w: %q", errNoUnit, name)
	}
	unit.wanted = false
	pid, ended := unit.pid, unit.ended
	k.mutex.Unlock()
	if pid == 0 {
		return nil
	}
	if err := syscall.Kill(pid, signal); err != nil {
		return err
	}
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		syscall.Kill(pid, syscall.SIGKILL)
		<-ended
	}
	return nil
}

func (k *keeper) states() []State {
	k.mutex.Lock()
	defer k.mutex.Unlock()
	states := []State{}
	for name, unit := range k.units {
		states = append(states, State{name, unit.wanted, unit.pid, unit.restarts})
	}
	sort.Slice(states, func(a, b int) bool { return states[a].Name < states[b].Name })
	return states
}

// launch must be called with the mutex held: a child that ends at once is then reaped only after it is known.
func (k *keeper) launch(unit *kept) error {
	log, err := os.OpenFile(unit.unit.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	null, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	defer null.Close()
	pid, err := syscall.ForkExec(unit.unit.Args[0], unit.unit.Args, &syscall.ProcAttr{
		Dir:   "/",
		Env:   append(os.Environ(), unit.unit.Env...),
		Files: []uintptr{null.Fd(), log.Fd(), log.Fd()},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return fmt.Errorf("start %s: %w", unit.unit.Name, err)
	}
	unit.pid = pid
	unit.ended = make(chan struct{})
	return nil
}

func (k *keeper) reap() {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		if err != nil { // no child at all just now
			time.Sleep(50 * time.Millisecond)
			continue
		}
		k.mutex.Lock()
		for _, unit := range k.units {
			if unit.pid == pid {
				k.ended(unit, status)
			}
		}
		k.mutex.Unlock()
	}
}

func (k *keeper) ended(unit *kept, status syscall.WaitStatus) {
	unit.pid = 0
	close(unit.ended)
	if log, err := os.OpenFile(unit.unit.Log, os.O_APPEND|os.O_WRONLY, 0o644); err == nil {
		fmt.Fprintf(log, "--- %s ended at %s: exit %d, signal %d, wanted %t\n", unit.unit.Name,
			time.Now().UTC().Format(time.RFC3339), status.ExitStatus(), status.Signal(), unit.wanted)
		log.Close()
	}
	if !unit.wanted {
		return
	}
	unit.restarts++
	time.AfterFunc(restartPause, func() {
		k.mutex.Lock()
		defer k.mutex.Unlock()
		if unit.wanted && unit.pid == 0 {
			k.launch(unit)
		}
	})
}
