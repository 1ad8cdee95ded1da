// Delays every frame of a link, for kernels without netem: stands between one end of the link and the bridge.
//
//	veth PORT (off the bridge) ──frames──▶ wait ──▶ tap TAP (on the bridge), and the same back
//
// The tap is gone when this program ends. Frames keep their order; what comes faster than 64 MiB in flight is dropped, as on a real link.
package main

import (
	"flag"
	"fmt"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const (
	largestFrame = 1 << 17
	inFlight     = 64 << 20
)

type frame struct {
	due  time.Time
	data []byte
}

func main() {
	port := flag.String("port", "", "the end of the link, taken off the bridge")
	tap := flag.String("tap", "", "name of the tap device to make")
	delay := flag.Duration("delay", 0, "how long a frame is kept, one way")
	flag.Parse()
	if err := run(*port, *tap, *delay); err != nil {
		fmt.Fprintln(os.Stderr, "link-delay: "+err.Error())
		os.Exit(1)
	}
}

func run(port, tap string, delay time.Duration) error {
	link, err := openPort(port)
	if err != nil {
		return fmt.Errorf("open %s: %w", port, err)
	}
	device, err := openTap(tap)
	if err != nil {
		return fmt.Errorf("make %s: %w", tap, err)
	}
	failed := make(chan error, 2)
	go func() { failed <- carry(link, device, delay) }()
	go func() { failed <- carry(device, link, delay) }()
	return <-failed
}

func openPort(name string) (int, error) {
	device, err := net.InterfaceByName(name)
	if err != nil {
		return 0, err
	}
	all := int(htons(unix.ETH_P_ALL))
	socket, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, all)
	if err != nil {
		return 0, err
	}
	// What this program sends itself must not come back to it.
	if err := unix.SetsockoptInt(socket, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1); err != nil {
		return 0, err
	}
	if err := unix.SetsockoptInt(socket, unix.SOL_SOCKET, unix.SO_RCVBUF, 8<<20); err != nil {
		return 0, err
	}
	promiscuous := unix.PacketMreq{Ifindex: int32(device.Index), Type: unix.PACKET_MR_PROMISC}
	if err := unix.SetsockoptPacketMreq(socket, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &promiscuous); err != nil {
		return 0, err
	}
	return socket, unix.Bind(socket, &unix.SockaddrLinklayer{Protocol: uint16(all), Ifindex: device.Index})
}

func openTap(name string) (int, error) {
	device, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	request, err := unix.NewIfreq(name)
	if err != nil {
		return 0, err
	}
	request.SetUint16(unix.IFF_TAP | unix.IFF_NO_PI)
	return device, unix.IoctlIfreq(device, unix.TUNSETIFF, request)
}

// carry moves frames from one side to the other, each `delay` after it came.
func carry(from, to int, delay time.Duration) error {
	queue := make(chan frame, inFlight/1500)
	go func() {
		for next := range queue {
			time.Sleep(time.Until(next.due))
			unix.Write(to, next.data) // a link that is down loses frames; the ends see to that
		}
	}()
	buffer := make([]byte, largestFrame)
	for {
		n, err := unix.Read(from, buffer)
		if err == unix.EINTR || err == unix.ENETDOWN || err == unix.EIO {
			time.Sleep(time.Millisecond)
			continue
		}
		if err != nil {
			return err
		}
		select {
		case queue <- frame{time.Now().Add(delay), append([]byte(nil), buffer[:n]...)}:
		default:
		}
	}
}

func htons(value uint16) uint16 { return value<<8 | value>>8 }
