package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"
)

const topologyKey = "csi.e2e.syncreplica.io/node"

type driver struct {
	csi.UnimplementedIdentityServer
	csi.UnimplementedControllerServer
	csi.UnimplementedNodeServer
	name  string
	node  string
	state string
}

func (d *driver) volumes() string   { return filepath.Join(d.state, "volumes") }
func (d *driver) snapshots() string { return filepath.Join(d.state, "snapshots") }

// below is the folder of a volume or a snapshot. An id is never a path.
func below(folder, id string) (string, error) {
	if id == "" || id == "." || id == ".." || strings.ContainsRune(id, '/') {
		return "", status.Errorf(codes.InvalidArgument, "%q is no id", id)
	}
	return filepath.Join(folder, id), nil
}

// existing is the same for what has to be there.
func existing(folder, id string) (string, error) {
	path, err := below(folder, id)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(path); err != nil {
		return "", status.Error(codes.NotFound, err.Error())
	}
	return path, nil
}

// copyFolder makes a copy that is whole as soon as it has its name; one that is there stays as it is.
func copyFolder(ctx context.Context, from, to string) error {
	if _, err := os.Stat(to); err == nil {
		return nil
	}
	unfinished := to + ".unfinished"
	if err := os.RemoveAll(unfinished); err != nil {
		return err
	}
	if said, err := exec.CommandContext(ctx, "cp", "--archive", "--reflink=auto", from, unfinished).CombinedOutput(); err != nil {
		return errors.New(string(said))
	}
	return os.Rename(unfinished, to)
}

func (d *driver) GetPluginInfo(context.Context, *csi.GetPluginInfoRequest) (*csi.GetPluginInfoResponse, error) {
	return &csi.GetPluginInfoResponse{Name: d.name, VendorVersion: "1"}, nil
}

func (d *driver) Probe(context.Context, *csi.ProbeRequest) (*csi.ProbeResponse, error) {
	return &csi.ProbeResponse{}, nil
}

func (d *driver) GetPluginCapabilities(context.Context, *csi.GetPluginCapabilitiesRequest) (*csi.GetPluginCapabilitiesResponse, error) {
	capabilities := []*csi.PluginCapability{}
	for _, one := range []csi.PluginCapability_Service_Type{
		csi.PluginCapability_Service_CONTROLLER_SERVICE,
		csi.PluginCapability_Service_VOLUME_ACCESSIBILITY_CONSTRAINTS,
	} {
		capabilities = append(capabilities, &csi.PluginCapability{
			Type: &csi.PluginCapability_Service_{Service: &csi.PluginCapability_Service{Type: one}},
		})
	}
	return &csi.GetPluginCapabilitiesResponse{Capabilities: capabilities}, nil
}

func (d *driver) ControllerGetCapabilities(context.Context, *csi.ControllerGetCapabilitiesRequest) (*csi.ControllerGetCapabilitiesResponse, error) {
	capabilities := []*csi.ControllerServiceCapability{}
	for _, one := range []csi.ControllerServiceCapability_RPC_Type{
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_VOLUME,
		csi.ControllerServiceCapability_RPC_CREATE_DELETE_SNAPSHOT,
	} {
		capabilities = append(capabilities, &csi.ControllerServiceCapability{
			Type: &csi.ControllerServiceCapability_Rpc{Rpc: &csi.ControllerServiceCapability_RPC{Type: one}},
		})
	}
	return &csi.ControllerGetCapabilitiesResponse{Capabilities: capabilities}, nil
}

// CreateVolume makes a folder, or a copy of a snapshot. Doing it twice gives the same.
func (d *driver) CreateVolume(ctx context.Context, request *csi.CreateVolumeRequest) (*csi.CreateVolumeResponse, error) {
	folder, err := below(d.volumes(), request.Name)
	if err != nil {
		return nil, err
	}
	if len(request.VolumeCapabilities) == 0 {
		return nil, status.Error(codes.InvalidArgument, "a capability is needed")
	}
	source := request.GetVolumeContentSource()
	if source == nil {
		err = os.MkdirAll(folder, 0o755)
	} else {
		var from string
		if from, err = existing(d.snapshots(), source.GetSnapshot().GetSnapshotId()); err == nil {
			err = copyFolder(ctx, from, folder)
		}
	}
	if err != nil {
		return nil, err
	}
	return &csi.CreateVolumeResponse{Volume: &csi.Volume{
		VolumeId:           request.Name,
		CapacityBytes:      request.GetCapacityRange().GetRequiredBytes(),
		ContentSource:      source,
		AccessibleTopology: []*csi.Topology{d.topology()},
	}}, nil
}

func (d *driver) DeleteVolume(_ context.Context, request *csi.DeleteVolumeRequest) (*csi.DeleteVolumeResponse, error) {
	folder, err := below(d.volumes(), request.VolumeId)
	if err != nil {
		return nil, err
	}
	return &csi.DeleteVolumeResponse{}, os.RemoveAll(folder)
}

func (d *driver) ValidateVolumeCapabilities(_ context.Context, request *csi.ValidateVolumeCapabilitiesRequest) (*csi.ValidateVolumeCapabilitiesResponse, error) {
	if _, err := existing(d.volumes(), request.VolumeId); err != nil {
		return nil, err
	}
	if len(request.VolumeCapabilities) == 0 {
		return nil, status.Error(codes.InvalidArgument, "a capability is needed")
	}
	return &csi.ValidateVolumeCapabilitiesResponse{Confirmed: &csi.ValidateVolumeCapabilitiesResponse_Confirmed{
		VolumeCapabilities: request.VolumeCapabilities,
	}}, nil
}

// CreateSnapshot copies the folder as it is at this moment, entry by entry: whoever wants it whole holds what writes.
func (d *driver) CreateSnapshot(ctx context.Context, request *csi.CreateSnapshotRequest) (*csi.CreateSnapshotResponse, error) {
	from, err := existing(d.volumes(), request.SourceVolumeId)
	if err != nil {
		return nil, err
	}
	to, err := below(d.snapshots(), request.Name)
	if err != nil {
		return nil, err
	}
	if err := copyFolder(ctx, from, to); err != nil {
		return nil, err
	}
	var facts syscall.Stat_t
	if err := syscall.Stat(to, &facts); err != nil {
		return nil, err
	}
	return &csi.CreateSnapshotResponse{Snapshot: &csi.Snapshot{
		SnapshotId:     request.Name,
		SourceVolumeId: request.SourceVolumeId,
		// When it got its name.
		CreationTime: timestamppb.New(time.Unix(facts.Ctim.Sec, facts.Ctim.Nsec)),
		ReadyToUse:   true,
	}}, nil
}

func (d *driver) DeleteSnapshot(_ context.Context, request *csi.DeleteSnapshotRequest) (*csi.DeleteSnapshotResponse, error) {
	folder, err := below(d.snapshots(), request.SnapshotId)
	if err != nil {
		return nil, err
	}
	return &csi.DeleteSnapshotResponse{}, os.RemoveAll(folder)
}

func (d *driver) topology() *csi.Topology {
	return &csi.Topology{Segments: map[string]string{topologyKey: d.node}}
}

func (d *driver) NodeGetInfo(context.Context, *csi.NodeGetInfoRequest) (*csi.NodeGetInfoResponse, error) {
	return &csi.NodeGetInfoResponse{NodeId: d.node, AccessibleTopology: d.topology()}, nil
}

func (d *driver) NodeGetCapabilities(context.Context, *csi.NodeGetCapabilitiesRequest) (*csi.NodeGetCapabilitiesResponse, error) {
	return &csi.NodeGetCapabilitiesResponse{}, nil
}

// NodePublishVolume binds the folder to where the kubelet wants it.
func (d *driver) NodePublishVolume(_ context.Context, request *csi.NodePublishVolumeRequest) (*csi.NodePublishVolumeResponse, error) {
	folder, err := existing(d.volumes(), request.VolumeId)
	if err != nil {
		return nil, err
	}
	if request.TargetPath == "" || request.VolumeCapability == nil {
		return nil, status.Error(codes.InvalidArgument, "a target path and a capability are needed")
	}
	if err := os.MkdirAll(request.TargetPath, 0o750); err != nil {
		return nil, err
	}
	if isMounted, err := isMountPoint(request.TargetPath); err != nil || isMounted {
		return &csi.NodePublishVolumeResponse{}, err
	}
	if err := syscall.Mount(folder, request.TargetPath, "", syscall.MS_BIND, ""); err != nil {
		return nil, err
	}
	if request.Readonly {
		err = syscall.Mount("", request.TargetPath, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, "")
	}
	return &csi.NodePublishVolumeResponse{}, err
}

func (d *driver) NodeUnpublishVolume(_ context.Context, request *csi.NodeUnpublishVolumeRequest) (*csi.NodeUnpublishVolumeResponse, error) {
	if request.VolumeId == "" || request.TargetPath == "" {
		return nil, status.Error(codes.InvalidArgument, "a volume and a target path are needed")
	}
	isMounted, err := isMountPoint(request.TargetPath)
	if err == nil && isMounted {
		err = syscall.Unmount(request.TargetPath, 0)
	}
	if err != nil {
		return nil, err
	}
	// Not with what is in it: that would be the volume's, were it mounted after all.
	if err := os.Remove(request.TargetPath); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	return &csi.NodeUnpublishVolumeResponse{}, nil
}

func isMountPoint(path string) (bool, error) {
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return false, err
	}
	for _, line := range strings.Split(string(mounts), "\n") {
		if fields := strings.Fields(line); len(fields) > 1 && fields[1] == path {
			return true, nil
		}
	}
	return false, nil
}
