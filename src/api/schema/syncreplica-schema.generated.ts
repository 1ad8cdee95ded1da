// Generated from crds/syncreplica.yaml by `npm run generate`; edit that file.
import type { Schema } from './schema.ts';

/** The schema of `spec`, without prose and rules. */
export const specSchema: Schema = {
 "type": "object",
 "required": [
  "source",
  "targets"
 ],
 "properties": {
  "source": {
   "type": "object",
   "properties": {
    "persistentVolumeClaim": {
     "type": "string",
     "minLength": 1,
     "maxLength": 253
    },
    "podSelector": {
     "type": "object",
     "properties": {
      "matchLabels": {
       "type": "object",
       "maxProperties": 16,
       "additionalProperties": {
        "type": "string",
        "maxLength": 63
       }
      },
      "matchExpressions": {
       "type": "array",
       "maxItems": 16,
       "items": {
        "type": "object",
        "required": [
         "key",
         "operator"
        ],
        "properties": {
         "key": {
          "type": "string",
          "maxLength": 317
         },
         "operator": {
          "type": "string",
          "enum": [
           "In",
           "NotIn",
           "Exists",
           "DoesNotExist"
          ]
         },
         "values": {
          "type": "array",
          "maxItems": 16,
          "items": {
           "type": "string",
           "maxLength": 63
          }
         }
        }
       }
      }
     }
    },
    "volume": {
     "type": "string",
     "minLength": 1,
     "maxLength": 63
    },
    "elsewhere": {
     "type": "boolean"
    },
    "path": {
     "type": "string",
     "maxLength": 1024,
     "default": ""
    },
    "access": {
     "type": "string",
     "enum": [
      "SameUser",
      "Elevated"
     ],
     "default": "SameUser"
    }
   }
  },
  "targets": {
   "type": "array",
   "maxItems": 16,
   "x-kubernetes-list-type": "map",
   "items": {
    "type": "object",
    "required": [
     "name"
    ],
    "properties": {
     "name": {
      "type": "string",
      "maxLength": 63
     },
     "managed": {
      "type": "object",
      "properties": {
       "claimName": {
        "type": "string",
        "minLength": 1,
        "maxLength": 253
       },
       "path": {
        "type": "string",
        "minLength": 1,
        "maxLength": 1024
       },
       "storage": {
        "type": "string",
        "maxLength": 32
       },
       "storageClassName": {
        "type": "string",
        "maxLength": 253
       },
       "accessModes": {
        "type": "array",
        "maxItems": 4,
        "default": [
         "ReadWriteOnce"
        ],
        "x-kubernetes-list-type": "set",
        "items": {
         "type": "string",
         "enum": [
          "ReadWriteOnce",
          "ReadWriteMany",
          "ReadWriteOncePod"
         ]
        }
       },
       "afterPromotion": {
        "type": "string",
        "enum": [
         "Stop",
         "Serve"
        ]
       },
       "service": {
        "type": "object",
        "default": {},
        "properties": {
         "type": {
          "type": "string",
          "enum": [
           "ClusterIP",
           "NodePort",
           "LoadBalancer"
          ],
          "default": "ClusterIP"
         },
         "annotations": {
          "type": "object",
          "additionalProperties": {
           "type": "string"
          },
          "default": {}
         }
        }
       },
       "access": {
        "type": "string",
        "enum": [
         "SameUser",
         "Elevated"
        ],
        "default": "SameUser"
       },
       "user": {
        "type": "object",
        "required": [
         "uid"
        ],
        "properties": {
         "uid": {
          "type": "integer"
         },
         "gid": {
          "type": "integer"
         }
        }
       },
       "nodeSelector": {
        "type": "object",
        "additionalProperties": {
         "type": "string"
        }
       },
       "tolerations": {
        "type": "array",
        "items": {
         "type": "object",
         "x-kubernetes-preserve-unknown-fields": true
        }
       },
       "affinity": {
        "type": "object",
        "x-kubernetes-preserve-unknown-fields": true
       },
       "topologySpreadConstraints": {
        "type": "array",
        "items": {
         "type": "object",
         "x-kubernetes-preserve-unknown-fields": true
        }
       },
       "resources": {
        "type": "object",
        "x-kubernetes-preserve-unknown-fields": true
       },
       "priorityClassName": {
        "type": "string",
        "maxLength": 253
       },
       "receiver": {
        "type": "object",
        "properties": {
         "hostsAllow": {
          "type": "array",
          "maxItems": 64,
          "items": {
           "type": "string",
           "maxLength": 64
          }
         },
         "hostsDeny": {
          "type": "array",
          "maxItems": 64,
          "items": {
           "type": "string",
           "maxLength": 64
          }
         },
         "maxConnections": {
          "type": "integer"
         },
         "timeout": {
          "type": "string",
          "maxLength": 32
         },
         "readOnly": {
          "type": "boolean"
         },
         "list": {
          "type": "boolean"
         },
         "comment": {
          "type": "string",
          "maxLength": 256
         },
         "transferLog": {
          "type": "boolean"
         }
        }
       }
      }
     },
     "external": {
      "type": "object",
      "required": [
       "address",
       "module"
      ],
      "properties": {
       "address": {
        "type": "string",
        "maxLength": 253
       },
       "port": {
        "type": "integer",
        "default": 8730
       },
       "module": {
        "type": "string",
        "maxLength": 128
       },
       "secretName": {
        "type": "string",
        "minLength": 1,
        "maxLength": 253
       },
       "tls": {
        "type": "string",
        "enum": [
         "Mutual",
         "ServerOnly",
         "None"
        ],
        "default": "Mutual"
       },
       "allowPlaintext": {
        "type": "boolean",
        "default": false
       }
      }
     },
     "ssh": {
      "type": "object",
      "required": [
       "address",
       "user",
       "path",
       "secretName"
      ],
      "properties": {
       "address": {
        "type": "string",
        "maxLength": 253
       },
       "port": {
        "type": "integer",
        "default": 22
       },
       "user": {
        "type": "string",
        "maxLength": 253
       },
       "path": {
        "type": "string",
        "maxLength": 1024
       },
       "secretName": {
        "type": "string",
        "minLength": 1,
        "maxLength": 253
       }
      }
     },
     "history": {
      "type": "object",
      "properties": {
       "keep": {
        "type": "string",
        "maxLength": 32,
        "default": "24h"
       },
       "maxSize": {
        "type": "string",
        "maxLength": 32,
        "default": "20%"
       }
      }
     },
     "snapshots": {
      "type": "object",
      "required": [
       "schedule"
      ],
      "properties": {
       "schedule": {
        "type": "string",
        "maxLength": 128
       },
       "keep": {
        "type": "integer",
        "default": 24
       },
       "className": {
        "type": "string",
        "minLength": 1,
        "maxLength": 253
       }
      }
     },
     "readers": {
      "type": "object",
      "required": [
       "replicas"
      ],
      "properties": {
       "replicas": {
        "type": "integer"
       },
       "fanOut": {
        "type": "integer",
        "default": 16
       },
       "volume": {
        "type": "string",
        "enum": [
         "HostPath",
         "Claim",
         "EmptyDir"
        ],
        "default": "HostPath"
       },
       "size": {
        "type": "string",
        "maxLength": 32
       },
       "storageClassName": {
        "type": "string",
        "maxLength": 253
       },
       "freshFor": {
        "type": "string",
        "maxLength": 32,
        "default": "30s"
       },
       "nodeSelector": {
        "type": "object",
        "additionalProperties": {
         "type": "string"
        }
       },
       "tolerations": {
        "type": "array",
        "items": {
         "type": "object",
         "x-kubernetes-preserve-unknown-fields": true
        }
       },
       "resources": {
        "type": "object",
        "x-kubernetes-preserve-unknown-fields": true
       },
       "priorityClassName": {
        "type": "string",
        "maxLength": 253
       }
      }
     },
     "paused": {
      "type": "boolean"
     },
     "maxLag": {
      "type": "string",
      "maxLength": 32
     },
     "filter": {
      "type": "object",
      "properties": {
       "exclude": {
        "type": "array",
        "maxItems": 64,
        "default": [],
        "items": {
         "type": "string",
         "maxLength": 256
        }
       },
       "ignoreCase": {
        "type": "boolean"
       },
       "maxFileSize": {
        "type": "string",
        "maxLength": 32
       },
       "include": {
        "type": "array",
        "maxItems": 64,
        "default": [],
        "items": {
         "type": "string",
         "maxLength": 256
        }
       }
      }
     },
     "sync": {
      "type": "object",
      "properties": {
       "workers": {
        "type": "integer"
       },
       "delete": {
        "type": "string",
        "enum": [
         "Mirror",
         "Keep"
        ]
       },
       "bandwidthLimit": {
        "type": "string",
        "maxLength": 32
       },
       "lowPriorityAbove": {
        "type": "string",
        "maxLength": 32
       },
       "compression": {
        "type": "string",
        "enum": [
         "None",
         "zstd",
         "lz4"
        ]
       },
       "fullPass": {
        "type": "object",
        "properties": {
         "schedule": {
          "type": "string",
          "maxLength": 128
         }
        }
       }
      }
     }
    }
   }
  },
  "filter": {
   "type": "object",
   "default": {},
   "properties": {
    "exclude": {
     "type": "array",
     "maxItems": 256,
     "default": [],
     "items": {
      "type": "string",
      "maxLength": 1024
     }
    },
    "ignoreCase": {
     "type": "boolean",
     "default": false
    },
    "maxFileSize": {
     "type": "string",
     "maxLength": 32
    },
    "include": {
     "type": "array",
     "maxItems": 256,
     "default": [],
     "items": {
      "type": "string",
      "maxLength": 1024
     }
    }
   }
  },
  "events": {
   "type": "array",
   "maxItems": 5,
   "default": [
    "Write",
    "Create",
    "Delete",
    "Move",
    "Attributes"
   ],
   "x-kubernetes-list-type": "set",
   "items": {
    "type": "string",
    "enum": [
     "Write",
     "Create",
     "Delete",
     "Move",
     "Attributes"
    ]
   }
  },
  "sync": {
   "type": "object",
   "default": {},
   "properties": {
    "minInterval": {
     "type": "string",
     "maxLength": 32,
     "default": "0s"
    },
    "maxDelay": {
     "type": "string",
     "maxLength": 32,
     "default": "1s"
    },
    "workers": {
     "type": "integer",
     "default": 4
    },
    "lockTimeout": {
     "type": "string",
     "maxLength": 32
    },
    "delete": {
     "type": "string",
     "enum": [
      "Mirror",
      "Keep"
     ],
     "default": "Mirror"
    },
    "deleteGuard": {
     "type": "object",
     "default": {},
     "properties": {
      "maxPercent": {
       "type": "integer",
       "default": 50
      },
      "minFiles": {
       "type": "integer",
       "default": 100
      },
      "keep": {
       "type": "string",
       "maxLength": 32
      }
     }
    },
    "bandwidthLimit": {
     "type": "string",
     "maxLength": 32
    },
    "lowPriorityAbove": {
     "type": "string",
     "maxLength": 32
    },
    "compression": {
     "type": "string",
     "enum": [
      "None",
      "zstd",
      "lz4"
     ],
     "default": "None"
    },
    "preserve": {
     "type": "object",
     "default": {},
     "properties": {
      "owners": {
       "type": "boolean",
       "default": false
      },
      "permissions": {
       "type": "boolean",
       "default": true
      },
      "times": {
       "type": "boolean",
       "default": true
      },
      "hardLinks": {
       "type": "boolean",
       "default": true
      },
      "xattrs": {
       "type": "boolean",
       "default": true
      },
      "acls": {
       "type": "boolean",
       "default": false
      },
      "sparse": {
       "type": "boolean",
       "default": true
      },
      "devices": {
       "type": "boolean",
       "default": false
      }
     }
    },
    "fullPass": {
     "type": "object",
     "default": {},
     "properties": {
      "schedule": {
       "type": "string",
       "maxLength": 128,
       "default": "@hourly"
      },
      "filter": {
       "type": "object",
       "properties": {
        "exclude": {
         "type": "array",
         "maxItems": 64,
         "items": {
          "type": "string",
          "maxLength": 256
         }
        }
       }
      },
      "jitter": {
       "type": "string",
       "maxLength": 32,
       "default": "10m"
      }
     }
    }
   }
  },
  "checkpoints": {
   "type": "object",
   "required": [
    "stillUrl"
   ],
   "properties": {
    "schedule": {
     "type": "string",
     "maxLength": 128
    },
    "stillUrl": {
     "type": "string",
     "maxLength": 512
    },
    "timeout": {
     "type": "string",
     "maxLength": 32,
     "default": "30s"
    }
   }
  },
  "verify": {
   "type": "object",
   "default": {},
   "properties": {
    "metadata": {
     "type": "string",
     "enum": [
      "Continuous",
      "Never"
     ],
     "default": "Continuous"
    },
    "mode": {
     "type": "string",
     "enum": [
      "Checksum",
      "Metadata"
     ],
     "default": "Checksum"
    },
    "schedule": {
     "type": "string",
     "maxLength": 128
    },
    "repair": {
     "type": "boolean",
     "default": true
    },
    "readLimit": {
     "type": "string",
     "maxLength": 32,
     "default": "100Mi"
    }
   }
  },
  "retry": {
   "type": "object",
   "default": {},
   "properties": {
    "initial": {
     "type": "string",
     "maxLength": 32,
     "default": "1s"
    },
    "max": {
     "type": "string",
     "maxLength": 32,
     "default": "5m"
    }
   }
  },
  "hooks": {
   "type": "array",
   "maxItems": 16,
   "x-kubernetes-list-type": "map",
   "items": {
    "type": "object",
    "required": [
     "name"
    ],
    "properties": {
     "name": {
      "type": "string",
      "maxLength": 63
     },
     "paths": {
      "type": "array",
      "maxItems": 64,
      "default": [],
      "items": {
       "type": "string",
       "maxLength": 256
      }
     },
     "operations": {
      "type": "array",
      "maxItems": 5,
      "default": [
       "Write",
       "Create",
       "Delete",
       "Move"
      ],
      "x-kubernetes-list-type": "set",
      "items": {
       "type": "string",
       "enum": [
        "Write",
        "Create",
        "Delete",
        "Move",
        "Attributes"
       ]
      }
     },
     "targets": {
      "type": "array",
      "maxItems": 16,
      "default": [],
      "x-kubernetes-list-type": "set",
      "items": {
       "type": "string",
       "maxLength": 63
      }
     },
     "debounce": {
      "type": "string",
      "maxLength": 32,
      "default": "1s"
     },
     "batchSize": {
      "type": "integer",
      "default": 1
     },
     "http": {
      "type": "object",
      "required": [
       "url"
      ],
      "properties": {
       "url": {
        "type": "string",
        "maxLength": 2048
       },
       "method": {
        "type": "string",
        "enum": [
         "POST",
         "PUT",
         "PATCH",
         "DELETE",
         "GET",
         "PURGE",
         "BAN"
        ],
        "default": "POST"
       },
       "bodyTemplate": {
        "type": "string",
        "maxLength": 8192
       },
       "headersSecretName": {
        "type": "string",
        "minLength": 1,
        "maxLength": 253
       },
       "timeout": {
        "type": "string",
        "maxLength": 32,
        "default": "10s"
       }
      }
     },
     "webhook": {
      "type": "object",
      "required": [
       "url"
      ],
      "properties": {
       "url": {
        "type": "string",
        "maxLength": 2048
       },
       "headersSecretName": {
        "type": "string",
        "minLength": 1,
        "maxLength": 253
       },
       "timeout": {
        "type": "string",
        "maxLength": 32,
        "default": "10s"
       }
      }
     },
     "file": {
      "type": "object",
      "properties": {
       "maxSize": {
        "type": "string",
        "maxLength": 32,
        "default": "16Mi"
       },
       "keep": {
        "type": "integer",
        "default": 4
       }
      }
     }
    }
   }
  },
  "maxLag": {
   "type": "string",
   "maxLength": 32,
   "default": "10s"
  },
  "minInSync": {
   "type": "integer",
   "default": 1
  },
  "restore": {
   "type": "string",
   "enum": [
    "Never",
    "IfEmpty"
   ],
   "default": "Never"
  },
  "paused": {
   "type": "boolean",
   "default": false
  },
  "injection": {
   "type": "object",
   "default": {},
   "properties": {
    "restart": {
     "type": "string",
     "enum": [
      "Never",
      "Rollout"
     ],
     "default": "Never"
    }
   }
  },
  "agent": {
   "type": "object",
   "properties": {
    "resources": {
     "type": "object",
     "properties": {
      "requests": {
       "type": "object",
       "properties": {
        "cpu": {
         "type": "string",
         "maxLength": 32
        },
        "memory": {
         "type": "string",
         "maxLength": 32
        }
       }
      },
      "limits": {
       "type": "object",
       "properties": {
        "cpu": {
         "type": "string",
         "maxLength": 32
        },
        "memory": {
         "type": "string",
         "maxLength": 32
        }
       }
      }
     }
    },
    "extraEnv": {
     "type": "array",
     "maxItems": 32,
     "items": {
      "type": "object",
      "required": [
       "name",
       "value"
      ],
      "properties": {
       "name": {
        "type": "string",
        "maxLength": 128
       },
       "value": {
        "type": "string",
        "maxLength": 1024
       }
      }
     }
    }
   }
  },
  "deletionPolicy": {
   "type": "string",
   "enum": [
    "Retain",
    "Delete"
   ],
   "default": "Retain"
  }
 }
};
