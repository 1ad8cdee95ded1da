// A CSI driver for the test cluster: a volume is a folder of the node on which it runs, a snapshot a copy of that folder. It tells the kubelet
// of itself, too. What is above it is as in any cluster: the kubelet, the provisioner and the snapshotter beside it, and the snapshot controller.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

func main() {
	name := flag.String("name", "", "name of the driver")
	node := flag.String("node", "", "name of the node on which it runs")
	state := flag.String("state", "", "folder for volumes and snapshots")
	socket := flag.String("socket", "", "path of the driver's own socket")
	registry := flag.String("registry", "", "path of the socket by which the kubelet finds it")
	flag.Parse()
	if err := run(&driver{name: *name, node: *node, state: *state}, *socket, *registry); err != nil {
		fmt.Fprintln(os.Stderr, "csi-folders: "+err.Error())
		os.Exit(1)
	}
}

func run(d *driver, socket, registry string) error {
	for _, folder := range []string{d.volumes(), d.snapshots()} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	own := grpc.NewServer()
	csi.RegisterIdentityServer(own, d)
	csi.RegisterControllerServer(own, d)
	csi.RegisterNodeServer(own, d)
	listener, err := listen(socket)
	if err != nil {
		return err
	}
	ended := make(chan error)
	go func() { ended <- own.Serve(listener) }()
	known := grpc.NewServer()
	registration.RegisterRegistrationServer(known, &registrar{name: d.name, socket: socket})
	// Only now: the kubelet asks the driver as soon as it finds this one.
	if listener, err = listen(registry); err != nil {
		return err
	}
	go func() { ended <- known.Serve(listener) }()
	return <-ended
}

func listen(path string) (net.Listener, error) {
	os.Remove(path)
	return net.Listen("unix", path)
}

// registrar is what the kubelet asks who is behind the socket that it found.
type registrar struct {
	registration.UnimplementedRegistrationServer
	name   string
	socket string
}

func (r *registrar) GetInfo(context.Context, *registration.InfoRequest) (*registration.PluginInfo, error) {
	return &registration.PluginInfo{
		Type:              registration.CSIPlugin,
		Name:              r.name,
		Endpoint:          r.socket,
		SupportedVersions: []string{"1.0.0"},
	}, nil
}

// NotifyRegistrationStatus ends a driver that the kubelet refused: it is started anew, and asks again.
func (r *registrar) NotifyRegistrationStatus(_ context.Context, status *registration.RegistrationStatus) (*registration.RegistrationStatusResponse, error) {
	if !status.PluginRegistered {
		fmt.Fprintln(os.Stderr, "csi-folders: the kubelet refused it: "+status.Error)
		os.Exit(1)
	}
	return &registration.RegistrationStatusResponse{}, nil
}
