-- Health of a SyncReplica for Argo CD: resource.customizations.health.syncreplica.io_SyncReplica
local function answer(status, message)
  return { status = status, message = message or "" }
end
local status = obj.status
if obj.metadata.deletionTimestamp ~= nil then
  return answer("Progressing", "is being deleted")
end
if status == nil or status.conditions == nil then
  return answer("Progressing", "the operator has not looked at it yet")
end
local conditions = {}
for _, condition in ipairs(status.conditions) do
  conditions[condition.type] = condition
end
local function is(kind, value)
  return conditions[kind] ~= nil and conditions[kind].status == value
end
local function message(kind)
  return conditions[kind] and conditions[kind].message
end
-- What a person has to change goes before everything: it never gets better by waiting.
if is("Stalled", "True") then
  return answer("Degraded", message("Stalled"))
end
if obj.spec.paused == true then
  return answer("Suspended", message("Ready"))
end
if (status.observedGeneration or 0) < (obj.metadata.generation or 0) or is("Reconciling", "True") then
  return answer("Progressing", message("Reconciling"))
end
if is("DeletesHeld", "True") then
  return answer("Suspended", message("DeletesHeld"))
end
if is("Progressing", "True") then
  return answer("Progressing", message("Progressing"))
end
if is("Degraded", "True") then
  return answer("Degraded", message("Degraded"))
end
-- One target is: the others are well, or it would have been said before.
if is("Ready", "False") and conditions.Ready.reason == "Paused" then
  return answer("Suspended", message("Ready"))
end
if not is("Ready", "True") then
  return answer("Progressing", message("Ready"))
end
if is("InSync", "False") then
  return answer("Degraded", message("InSync"))
end
return answer("Healthy", message("Ready"))
