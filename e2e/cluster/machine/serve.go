package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"syscall"
)

// logFolder is where the units that come by "run" write.
const logFolder = "/cluster/log"

// Order is one line of JSON on the socket; each is answered by one Answer.
type Order struct {
	Do     string `json:"do"`
	Unit   string `json:"unit"`
	Signal int    `json:"signal"`
	// Args make the unit anew, for "run".
	Args []string `json:"args"`
}

// Answer carries an error, or the states of all units after the order.
type Answer struct {
	Error string  `json:"error,omitempty"`
	Units []State `json:"units"`
}

func serve(path string, k *keeper, ready func()) error {
	os.Remove(path)
	listener, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	ready()
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go answer(connection, k)
	}
}

func answer(connection net.Conn, k *keeper) {
	defer connection.Close()
	decoder, encoder := json.NewDecoder(connection), json.NewEncoder(connection)
	for {
		var order Order
		if decoder.Decode(&order) != nil {
			return
		}
		reply := Answer{}
		if err := obey(order, k); err != nil {
			reply.Error = err.Error()
		}
		reply.Units = k.states()
		if encoder.Encode(reply) != nil {
			return
		}
	}
}

func obey(order Order, k *keeper) error {
	signal := syscall.Signal(order.Signal)
	if signal == 0 {
		signal = syscall.SIGTERM
	}
	switch order.Do {
	case "run":
		return k.run(Unit{Name: order.Unit, Args: order.Args, Log: filepath.Join(logFolder, order.Unit+".log")})
	case "start":
		return k.start(order.Unit)
	case "stop":
		return k.stop(order.Unit, signal)
	case "states":
		return nil
	}
	return fmt.Errorf("unknown order %q", order.Do)
}
