package main

import (
	"sigs.k8s.io/sig-storage-lib-external-provisioner/v13/controller"
)

func main() { _ = controller.NewProvisionController }
