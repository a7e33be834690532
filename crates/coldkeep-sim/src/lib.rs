//! Azure in a box: Entra ID, Microsoft Graph, Resource Manager and Blob Storage on loopback.
